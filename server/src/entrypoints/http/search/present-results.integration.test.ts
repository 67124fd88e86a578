import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { searchEndpoints } from './search-endpoints.ts';

let fixture: SearchFixture;
const filler = 'Other sentences of no importance fill this passage up to a length. ';
const lastSyncedAt = new Date('2026-03-01T12:00:00.000Z');

beforeAll(async () => {
  fixture = await createSearchFixture(searchEndpoints, [
    {
      name: 'Long report',
      text: `${filler.repeat(60)}The castles stood above it. ${filler.repeat(60)}`,
      furtherPassages: ['What followed the report.', 'The end of it.'],
      sourceName: 'files',
      entityType: 'FileEntity',
      fields: { status: 'open', notes: 'n'.repeat(2000) },
    },
    { name: 'Short note', text: 'A castle and a harbor.', sourceName: 'notes', entityType: 'NoteEntity' },
    {
      name: 'Restricted note',
      text: 'A castle of secrets.',
      furtherPassages: ['More secrets.'],
      sourceName: 'notes',
      entityType: 'NoteEntity',
      viewers: ['user:anna@example.com'],
    },
  ]);
  const sync_id = fixture.syncIds.get('notes') ?? '';
  const job = {
    organization_id: fixture.owner.organization.id,
    sync_id,
    trigger: 'manual',
    status: 'completed',
  } as const;
  await fixture.database
    .system()
    .insertInto('sync_jobs')
    .values({ ...job, id: crypto.randomUUID(), started_at: lastSyncedAt, completed_at: lastSyncedAt })
    .execute();
});

afterAll(async () => {
  await fixture.close();
});

interface Result {
  readonly name: string;
  readonly entity_id: string;
  readonly textual_representation: string;
  readonly highlights: readonly { readonly fragment: string; readonly words: readonly string[] }[];
  readonly expanded?: object;
  readonly is_cut?: boolean;
  readonly raw_source_fields: object;
}

async function search(tier: 'instant' | 'classic', request: object) {
  const body = { query: 'castle', ...request };
  const answer = await fixture.ask('POST', `/collections/papers/search/${tier}`, { key: fixture.key, body });
  expect(answer.status).toBe(200);
  return answer.body as {
    readonly results: readonly Result[];
    readonly total: number | null;
    readonly left_out: { readonly results: number; readonly tokens: number } | null;
    readonly sources: readonly object[];
  };
}

const named = (results: readonly Result[], name: string) => results.find((result) => result.name === name);

describe.each(['instant', 'classic'] as const)('the answer of a search: %s', (tier) => {
  test('has highlights of the words in every form, the number of all results, and how fresh their sources are', async () => {
    const { results, total, left_out, sources } = await search(tier, { limit: 10 });
    expect(named(results, 'Long report')?.highlights).toEqual([
      { fragment: 'The castles stood above it.', words: ['castles'] },
    ]);
    expect(total).toBe(results.length);
    expect(left_out).toBeNull();
    expect(sources).toEqual([
      { source_connection_id: fixture.connectionIds.get('files'), source_name: 'files', last_synced_at: null },
      {
        source_connection_id: fixture.connectionIds.get('notes'),
        source_name: 'notes',
        last_synced_at: lastSyncedAt.toISOString(),
      },
    ]);
    expect((await search(tier, { limit: 1 })).total).toBe(total);
    expect(await search(tier, { offset: 50 })).toMatchObject({ results: [], sources: [] });
  });

  test('fits into a number of tokens by cutting around the words, not at the end', async () => {
    const { results, left_out } = await search(tier, { max_tokens: 1200 });
    const report = named(results, 'Long report');
    expect(report).toMatchObject({ is_cut: true, raw_source_fields: {} });
    expect(report?.textual_representation).toContain('The castles stood above it.');
    expect(report?.textual_representation).toMatch(/^….*…$/s);
    expect(named(results, 'Short note')?.is_cut).toBeUndefined();
    expect(left_out).toMatchObject({ results: 0 });
    expect(JSON.stringify(results).length / 4).toBeLessThan(1200);
    const whole = await search(tier, { max_tokens: 100_000 });
    expect(whole.left_out).toBeNull();
    expect(named(whole.results, 'Long report')?.raw_source_fields).toMatchObject({ status: 'open' });
  });

  test('gives what stands around a passage, or the whole document', async () => {
    const around = await search(tier, { expand: { neighbours: 1 } });
    expect(named(around.results, 'Long report')).toMatchObject({ expanded: { from: 0, to: 1 } });
    const whole = await search(tier, { expand: 'document' });
    const report = named(whole.results, 'Long report');
    expect(report).toMatchObject({ expanded: { from: 0, to: 2 } });
    expect(report?.textual_representation).toContain('What followed the report.\n\nThe end of it.');
  });
});

test('what stands around is kept from who may not see it', async () => {
  const key = await fixture.createKey({ scopes: ['search', 'impersonate'] });
  const ask = async (as_user: string) =>
    JSON.stringify(
      (
        await fixture.ask('POST', '/collections/papers/search/instant', {
          key,
          body: { query: 'castle secrets', expand: 'document', as_user },
        })
      ).body,
    );
  expect(await ask('bob@example.com')).not.toContain('secrets.');
  expect(await ask('anna@example.com')).toContain('More secrets.');
});

test.each([
  { max_tokens: 0 },
  { max_tokens: 'many' },
  { expand: 'all' },
  { expand: { neighbours: 0 } },
  { expand: { neighbours: 1000 } },
])('%j is refused with its name', async (wrong) => {
  const body = { query: 'castle', ...wrong };
  const answer = await fixture.ask('POST', '/collections/papers/search/instant', { key: fixture.key, body });
  expect(answer.status).toBe(422);
  expect(JSON.stringify(answer.body)).toContain(Object.keys(wrong)[0]);
});
