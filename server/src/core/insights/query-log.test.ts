import { describe, expect, it, vi } from 'vitest';
import { ApiKeyId, CollectionId, newId, OrganizationId, Scope, silentLogger } from '../shared/index.ts';
import { type AnsweredSearch, QueryLog } from './query-log.ts';
import type { LoggedSearch, OwnQueryLogSetting, QueryLogStore } from './query-log-store.ts';

const scope = new Scope(newId(OrganizationId));
const collectionId = newId(CollectionId);
const caller = { scope, kind: 'api_key', apiKeyId: newId(ApiKeyId) } as const;
const search: AnsweredSearch = {
  collectionId,
  tier: 'instant',
  query: 'Where is the  LEASE',
  strategy: 'hybrid',
  filter: [
    [
      { field: 'name', operator: 'contains', value: 'private words' },
      { field: 'raw_source_fields.salary', operator: 'greater_than', value: 10 },
    ],
  ],
  offset: 0,
  resultCount: 2,
  topScore: 0.8,
  tookMs: 12,
};

/** What was written, by a store that does as it is told. */
function createLog(own: OwnQueryLogSetting | undefined, insert?: QueryLogStore['insert'], now?: () => Date) {
  const written: LoggedSearch[] = [];
  const settings = { own };
  const store = {
    findSetting: async () => settings.own,
    insert:
      insert ??
      (async (_scope: Scope, searches: readonly LoggedSearch[]) => {
        written.push(...searches);
      }),
  };
  const log = new QueryLog({
    store,
    logger: silentLogger,
    defaults: { mode: 'hashed', retentionDays: 30 },
    hashKey: new Uint8Array(32),
    ...(now === undefined ? {} : { now }),
  });
  return { log, written, settings };
}

describe('QueryLog', () => {
  it('keeps no word of a query or a filter by default', async () => {
    const { log, written } = createLog(undefined);
    const id = log.record(caller, search);
    await log.flush();
    expect(written).toMatchObject([{ id, queryText: null, apiKeyId: caller.apiKeyId, topScore: 0.8, planner: null }]);
    expect(written[0]?.filterShape).toBe('name contains, raw_source_fields greater_than');
    expect(written[0]?.queryHash).toHaveLength(16);
    expect(JSON.stringify(written)).not.toMatch(/lease|private|salary/i);
  });

  it('keeps the words of who wants that, cut to 1,000 characters', async () => {
    const { log, written } = createLog({ mode: 'full', retentionDays: null });
    log.record(caller, search);
    log.record(caller, { ...search, query: 'x'.repeat(8_000) });
    await log.flush();
    expect(written.map(({ queryText }) => queryText?.length)).toEqual([19, 1000]);
    expect(written[0]?.filterShape).toBe('name contains, raw_source_fields.salary greater_than');
  });

  it('keeps nothing of who turned it off, and says so as soon as it knows', async () => {
    const { log, written } = createLog({ mode: 'off', retentionDays: null });
    log.record(caller, search);
    await log.flush();
    expect(written).toEqual([]);
    expect(log.record(caller, search)).toBeNull();
  });

  it('follows a change of the setting that it is told of', async () => {
    const { log, written, settings } = createLog({ mode: 'full', retentionDays: null });
    log.record(caller, search);
    await log.flush();
    settings.own = { mode: 'hashed', retentionDays: null };
    log.forgetSetting(scope);
    log.record(caller, search);
    await log.flush();
    expect(written.map(({ queryText }) => queryText)).toEqual(['Where is the  LEASE', null]);
  });

  it('notices in time that another process turned it on again', async () => {
    let ms = 0;
    const { log, settings } = createLog({ mode: 'off', retentionDays: null }, undefined, () => new Date(ms));
    await log.readSetting(scope);
    settings.own = { mode: 'full', retentionDays: null };
    expect(log.record(caller, search)).toBeNull();
    ms = 15_000;
    expect(log.record(caller, search)).toBeNull();
    await vi.waitFor(() => expect(log.record(caller, search)).not.toBeNull());
  });

  it('tells equal queries by their hash, whatever their case, and not those of other collections', async () => {
    const { log, written } = createLog(undefined);
    log.record(caller, search);
    log.record(caller, { ...search, query: 'where is the lease' });
    log.record(caller, { ...search, query: 'where is the key' });
    log.record(caller, { ...search, collectionId: newId(CollectionId) });
    await log.flush();
    expect(new Set(written.map(({ queryHash }) => Buffer.from(queryHash).toString('hex'))).size).toBe(3);
    expect(written[0]?.queryHash).toEqual(written[1]?.queryHash);
  });

  it('lets no search wait for a database that does not answer, and holds a bounded number', async () => {
    const { log } = createLog(undefined, () => new Promise(() => undefined));
    const ids = Array.from({ length: 6_000 }, () => log.record(caller, search));
    expect(ids.filter((id) => id !== null)).toHaveLength(5_000);
    vi.useFakeTimers();
    try {
      const closing = log.close();
      await vi.advanceTimersByTimeAsync(3_000);
      await closing;
    } finally {
      vi.useRealTimers();
    }
    expect(log.record(caller, search)).toBeNull();
  });

  it('tries again what could not be written, three times, and then goes on with what came later', async () => {
    let failures = 3;
    const written: LoggedSearch[] = [];
    const { log } = createLog(undefined, async (_scope, searches) => {
      failures -= 1;
      if (failures >= 0) throw new Error('the database is down');
      written.push(...searches);
    });
    log.record(caller, search);
    await log.flush();
    expect(written).toEqual([]);
    await log.flush();
    await log.flush();
    const later = log.record(caller, search);
    await log.flush();
    expect(written.map(({ id }) => id)).toEqual([later]);
  });
});
