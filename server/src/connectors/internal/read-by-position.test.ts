import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { readByPosition } from './read-by-position.ts';

it('gives full pages to a reader that is slow', async () => {
  const context = { signal: new AbortController().signal };
  const make = (position: number) => ({ id: `e${position}`, type: 'Item', name: 'Item', breadcrumbs: [], fields: {} });
  const sizes: number[] = [];
  for await (const page of readByPosition(context, 120, make)) {
    sizes.push(page.entities.length);
    if (sizes.length === 1) await delay(600);
  }
  expect(sizes).toEqual([50, 50, 20]);
});
