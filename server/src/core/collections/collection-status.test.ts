import { expect, test } from 'vitest';
import { collectionStatus } from './collection-status.ts';

test.each([
  [{ authenticated: 0, working: 0, failing: 0 }, 'NEEDS_SOURCE'],
  [{ authenticated: 2, working: 0, failing: 0 }, 'NEEDS_SOURCE'],
  [{ authenticated: 2, working: 1, failing: 0 }, 'ACTIVE'],
  [{ authenticated: 2, working: 1, failing: 1 }, 'PARTIAL_ERROR'],
  [{ authenticated: 2, working: 0, failing: 1 }, 'PARTIAL_ERROR'],
  [{ authenticated: 2, working: 0, failing: 2 }, 'ERROR'],
] as const)('connections %j make the collection %s', (health, status) => {
  expect(collectionStatus(health)).toBe(status);
});
