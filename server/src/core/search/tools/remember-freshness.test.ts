import { expect, test } from 'vitest';
import { CollectionId, newId, OrganizationId, Scope } from '../../shared/index.ts';
import { ageSecondsOf, type SourceFreshness } from './freshness.ts';
import { rememberFreshness } from './remember-freshness.ts';

const scope = new Scope(newId(OrganizationId));

function setUp() {
  let now = 0;
  let isDown = false;
  const asked: string[] = [];
  const store = rememberFreshness(
    {
      listFreshness: async ({ organizationId }, collectionId) => {
        asked.push(`${organizationId}/${collectionId}`);
        if (isDown) throw new Error('down');
        return [];
      },
    },
    { forMs: 1000, now: () => now },
  );
  return { store, asked, wait: (ms: number) => (now += ms), fail: (value: boolean) => (isDown = value) };
}

test('what was read is remembered for a moment, by organisation and collection', async () => {
  const { store, asked, wait } = setUp();
  const id = newId(CollectionId);
  await Promise.all([store.listFreshness(scope, id), store.listFreshness(scope, id)]);
  expect(asked).toHaveLength(1);
  await store.listFreshness(new Scope(newId(OrganizationId)), id);
  await store.listFreshness(scope, newId(CollectionId));
  expect(asked).toHaveLength(3);
  wait(1000);
  await store.listFreshness(scope, id);
  expect(asked).toHaveLength(4);
});

test('a failure is not remembered', async () => {
  const { store, fail } = setUp();
  const id = newId(CollectionId);
  fail(true);
  await expect(store.listFreshness(scope, id)).rejects.toThrow('down');
  fail(false);
  expect(await store.listFreshness(scope, id)).toEqual([]);
});

test('memory is bounded: the collection that was read longest ago is forgotten', async () => {
  const { store, asked } = setUp();
  const first = newId(CollectionId);
  await store.listFreshness(scope, first);
  for (let i = 0; i < 1000; i++) await store.listFreshness(scope, newId(CollectionId));
  await store.listFreshness(scope, first);
  expect(asked).toHaveLength(1002);
});

test('an age is counted from the beginning of the sync, and is never negative', () => {
  const at = (currentAsOf: Date | null) => ageSecondsOf({ currentAsOf } as SourceFreshness, new Date(100_000));
  expect(at(new Date(40_000))).toBe(60);
  expect(at(new Date(200_000))).toBe(0);
  expect(at(null)).toBeNull();
});
