import { expect, test } from 'vitest';
import { forEachBounded } from './for-each-bounded.ts';

const tick = () => new Promise((resolve) => setImmediate(resolve));

test('all is done, and never more at once than allowed', async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await forEachBounded([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    running++;
    most = Math.max(most, running);
    await tick();
    running--;
    done.push(item);
  });
  expect(done).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test('the first failure ends it, and is told once nothing runs any more', async () => {
  const begun: number[] = [];
  let running = 0;
  const work = async (item: number) => {
    begun.push(item);
    running++;
    await tick();
    running--;
    if (item === 2) throw new Error(`no ${item}`);
  };
  await expect(forEachBounded([1, 2, 3, 4, 5, 6], 2, work)).rejects.toThrow('no 2');
  expect(running).toBe(0);
  expect(begun.length).toBeLessThan(6);
});
