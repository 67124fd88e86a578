import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QueryLog } from '../../../core/insights/index.ts';
import { AppError, silentLogger } from '../../../core/shared/index.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { searchInstantEndpoint } from './search-instant.ts';

const options = {
  logger: silentLogger,
  defaults: { mode: 'full', retentionDays: 30 },
  hashKey: new Uint8Array(32),
} as const;
/** As a database that is down, and as one that never answers. */
const broken = new QueryLog({
  ...options,
  store: {
    findSetting: () => Promise.reject(new AppError('unavailable', 'The database is down.')),
    insert: () => Promise.reject(new AppError('unavailable', 'The database is down.')),
  },
});
const stuck = new QueryLog({
  ...options,
  store: { findSetting: () => new Promise(() => undefined), insert: () => new Promise(() => undefined) },
});

let fixture: SearchFixture;
let current = broken;
beforeAll(async () => {
  fixture = await createSearchFixture(
    (dependencies) => [
      searchInstantEndpoint({ ...dependencies, queryLog: { record: (...search) => current.record(...search) } }),
    ],
    [{ name: 'Lease', text: 'The lease ends in June.', sourceName: 'notion', entityType: 'NotionPageEntity' }],
  );
});
afterAll(() => fixture.close());

describe('a search whose log cannot be written', () => {
  test.each([
    ['since the database is down', broken],
    ['since the database does not answer', stuck],
  ])('is answered all the same: %s', async (_, log) => {
    current = log;
    void log.flush();
    for (let round = 0; round < 3; round += 1) {
      const body = { query: 'lease' };
      const answer = await fixture.ask('POST', '/collections/papers/search/instant', { key: fixture.key, body });
      expect(answer.status).toBe(200);
      expect(answer.body.results).toHaveLength(1);
      expect(answer.body.search_id).toEqual(expect.any(String));
      void log.flush();
    }
  });
});
