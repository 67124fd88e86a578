import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { agentToolEndpoints } from './agent-tool-endpoints.ts';

let fixture: SearchFixture;
const sentence = 'The engine of the boat was repaired in the harbor. ';

beforeAll(async () => {
  fixture = await createSearchFixture(agentToolEndpoints, [
    {
      name: 'Boat log',
      text: sentence.repeat(40),
      furtherPassages: ['Invoice INV-2024/001 was paid.', 'The end of the log.'],
      sourceName: 'notes',
      entityType: 'NoteEntity',
      createdAt: new Date('2026-01-01T10:00:00Z'),
      updatedAt: new Date('2026-01-05T10:00:00Z'),
      fields: { status: 'open' },
    },
    {
      name: 'Invoices',
      text: 'See inv 2024 001 and the INV-2024/001 copy.',
      sourceName: 'files',
      entityType: 'FileEntity',
      createdAt: new Date('2026-01-01T23:59:59Z'),
      fields: { status: 'done' },
    },
    {
      name: 'Salaries',
      text: 'Invoice INV-2024/001 is secret.',
      sourceName: 'files',
      entityType: 'FileEntity',
      createdAt: new Date('2026-01-02T00:00:00Z'),
      viewers: ['user:anna@example.com'],
      fields: { status: 'secret' },
    },
  ]);
});

afterAll(async () => {
  await fixture.close();
});

async function ask(tool: string, body: object, key = fixture.key) {
  return fixture.ask('POST', `/collections/papers/${tool}`, { key, body });
}

async function impersonating() {
  return fixture.createKey({ scopes: ['search', 'impersonate'] });
}

const odd: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['a blank', ' '],
  ['emoji', '🚀🚀'],
  ['100,000 characters', 'x'.repeat(100_000)],
  ['right-to-left text', 'שלום עולם'],
  ['SQL', "'; drop table documents; --"],
  ['an expression', '(a+)+$'],
  ['a wildcard', '%'],
  ['a NUL', '\u0000'],
  ['half of a character', '\ud800'],
];

describe('POST /collections/{readable_id}/find', () => {
  test('finds an exact id in the text, and says where it is and whether it is written so', async () => {
    const { status, body } = await ask('find', { words: 'INV-2024/001', group_by: 'chunk' });
    expect(status).toBe(200);
    expect(body.total).toBe(3);
    expect(body.hits).toContainEqual(
      expect.objectContaining({
        entity_id: 'e0',
        matched_in: ['text'],
        is_verbatim: true,
        passage: expect.objectContaining({ entity_id: 'e0__chunk_1', text: 'Invoice INV-2024/001 was paid.' }),
      }),
    );
  });

  test('finds a document by its name and by its id', async () => {
    expect((await ask('find', { words: 'boat LOG' })).body.hits[0]).toMatchObject({
      name: 'Boat log',
      matched_in: expect.arrayContaining(['name']),
    });
    expect((await ask('find', { words: 'e1' })).body.hits).toEqual([
      expect.objectContaining({ name: 'Invoices', matched_in: ['id'], passage: null }),
    ]);
  });

  test('fits into a number of tokens', async () => {
    const { body } = await ask('find', { words: 'the engine of the boat', max_tokens: 400 });
    expect(body.hits).toHaveLength(1);
    expect(body.hits[0].passage).toMatchObject({
      is_cut: true,
      text: expect.stringContaining('The engine of the boat'),
    });
    expect(JSON.stringify(body.hits).length).toBeLessThan(400 * 4);
    expect(body.left_out.tokens).toBeGreaterThan(100);
  });

  test.each(odd)('answers %s clearly', async (_name, words) => {
    const { status, body } = await ask('find', { words });
    expect([200, 422]).toContain(status);
    if (status === 200) expect(body).toMatchObject({ hits: [], total: 0 });
    expect((await ask('find', { words: 'boat', offset: 5000 })).body.hits).toEqual([]);
  });
});

describe('POST /collections/{readable_id}/open', () => {
  test('opens a document as far as it fits, and says how to go on', async () => {
    const first = (await ask('open', { id: 'e0', max_tokens: 520 })).body;
    expect(first.document).toMatchObject({ name: 'Boat log', passages: 3 });
    expect(first.passages.map((passage: { chunk_index: number }) => passage.chunk_index)).toEqual([0, 1]);
    expect(first.left_out).toMatchObject({ from: 2, count: 1 });
    const next = (await ask('open', { id: first.document.document_id, ...first.left_out, tokens: undefined })).body;
    expect(next.passages).toEqual([expect.objectContaining({ text: 'The end of the log.' })]);
    expect(next.left_out).toBeNull();
  });

  test('opens a passage with its neighbours', async () => {
    const { body } = await ask('open', { id: 'e0__chunk_2', neighbours: 1 });
    expect(body.passages.map((passage: { chunk_index: number }) => passage.chunk_index)).toEqual([1, 2]);
  });

  test.each(odd)('answers %s as an id clearly', async (_name, id) => {
    const { status } = await ask('open', { id });
    expect([404, 422]).toContain(status);
  });
});

describe('POST /collections/{readable_id}/list', () => {
  test('lists in the order asked for, page by page', async () => {
    const names = async (body: object) => {
      const answer = (await ask('list', body)).body;
      return [answer.documents.map(({ name }: { name: string }) => name), answer.total, answer.next_offset];
    };
    expect(await names({ order: 'name' })).toEqual([['Boat log', 'Invoices', 'Salaries'], 3, null]);
    expect(await names({ order: 'newest', limit: 1 })).toEqual([['Boat log'], 3, 1]);
    expect(await names({ order: 'oldest', limit: 2, offset: 2 })).toEqual([['Boat log'], 3, null]);
    expect(await names({ offset: 100 })).toEqual([[], 3, null]);
    expect(await names({ order: 'name', max_tokens: 200 })).toEqual([['Boat log'], 3, 1]);
  });

  test('names what is wrong with a filter', async () => {
    const conditions = [{ field: 'airweave_system_metadata.sourcename', operator: 'equals', value: 'x' }];
    const { status, body } = await ask('list', { filter: [{ conditions }] });
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain('airweave_system_metadata.source_name');
  });
});

describe('POST /collections/{readable_id}/count', () => {
  test('counts by source, own field and day', async () => {
    const by = ['airweave_system_metadata.source_name', 'raw_source_fields.status', 'created_at'];
    const { status, body } = await ask('count', { by });
    expect(status).toBe(200);
    expect(body.count).toBe(3);
    expect(body.groups).toEqual([
      expect.objectContaining({
        field: by[0],
        values: [
          { value: 'files', count: 2 },
          { value: 'notes', count: 1 },
        ],
      }),
      expect.objectContaining({ field: by[1], values: expect.arrayContaining([{ value: 'open', count: 1 }]) }),
      {
        field: 'created_at',
        values: [
          { value: '2026-01-01', count: 2 },
          { value: '2026-01-02', count: 1 },
        ],
        is_cut: false,
      },
    ]);
  });

  test('names the field that there is', async () => {
    const { status, body } = await ask('count', { by: ['airweave_system_metadata.source'] });
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain('airweave_system_metadata.source_name');
  });
});

describe('GET /collections/{readable_id}/freshness', () => {
  test('tells what was never synced, and how old the rest is', async () => {
    const queries = fixture.database.system();
    const syncId = fixture.syncIds.get('notes');
    expect(syncId).toBeDefined();
    const at = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const job = { organization_id: fixture.owner.organization.id, sync_id: syncId ?? '', trigger: 'manual' as const };
    await queries
      .insertInto('sync_jobs')
      .values([
        {
          ...job,
          id: crypto.randomUUID(),
          status: 'completed',
          created_at: at(61),
          started_at: at(60),
          completed_at: at(50),
        },
        {
          ...job,
          id: crypto.randomUUID(),
          status: 'failed',
          created_at: at(30),
          started_at: at(30),
          failed_at: at(29),
        },
      ])
      .execute();
    const { status, body } = await fixture.ask('GET', '/collections/papers/freshness', { key: fixture.key });
    expect(status).toBe(200);
    expect(body.sources).toEqual([
      expect.objectContaining({
        source_name: 'files',
        status: 'never_synced',
        last_synced_at: null,
        age_seconds: null,
      }),
      expect.objectContaining({ source_name: 'notes', status: 'failing', is_running: false, next_run_at: null }),
    ]);
    expect(body.sources[1].age_seconds).toBeGreaterThanOrEqual(3600);
    expect(new Date(body.sources[1].last_ended_at).getTime()).toBeGreaterThan(at(30).getTime());
  });
});

describe('every tool', () => {
  const tools: readonly (readonly [string, object])[] = [
    ['find', { words: 'INV-2024/001' }],
    ['open', { id: 'e2' }],
    ['open', { id: 'e2__chunk_0' }],
    ['list', {}],
    ['count', { by: ['raw_source_fields.status'] }],
  ];

  test.each(tools)('keeps what is restricted from who may not see it: %s %j', async (tool, body) => {
    const key = await impersonating();
    const bob = await ask(tool, { ...body, as_user: 'bob@example.com' }, key);
    const anna = await ask(tool, { ...body, as_user: 'anna@example.com' }, key);
    expect(anna.status).toBe(200);
    expect(JSON.stringify(anna.body)).toMatch(/Salaries|secret/);
    expect(JSON.stringify(bob.body)).not.toMatch(/Salaries|secret/);
    expect(bob.status).toBe(tool === 'open' ? 404 : 200);
    if (tool === 'list') expect(bob.body.total).toBe(2);
    if (tool === 'count') expect(bob.body.count).toBe(2);
  });

  test('does not open what is restricted by our own id either', async () => {
    const { documents } = (await ask('list', { order: 'name' })).body;
    const id = documents[2].document_id;
    expect((await ask('open', { id })).status).toBe(200);
    expect((await ask('open', { id, as_user: 'bob@example.com' }, await impersonating())).status).toBe(404);
  });

  test('refuses who may not search, and hides the collection from other organisations', async () => {
    for (const endpoint of fixture.endpoints) await expectRefusals(fixture, endpoint);
    for (const [tool, body] of tools) await expectHidden(fixture, 'POST', `/collections/papers/${tool}`, body);
    await expectHidden(fixture, 'GET', '/collections/papers/freshness');
  });

  test('answers for a collection without documents, and for none', async () => {
    await fixture.database
      .system()
      .insertInto('collections')
      .values({
        ...{ id: crypto.randomUUID(), organization_id: fixture.owner.organization.id, name: 'Empty' },
        ...{ readable_id: 'empty', encoder_name: 'spelling', dimensions: 64 },
      })
      .execute();
    const empty = (tool: string, body: object) =>
      fixture.ask('POST', `/collections/empty/${tool}`, { key: fixture.key, body });
    expect((await empty('find', { words: 'boat' })).body).toEqual({ hits: [], total: 0, left_out: null });
    expect((await empty('open', { id: 'e0' })).status).toBe(404);
    expect((await empty('list', {})).body).toEqual({ documents: [], total: 0, next_offset: null });
    expect((await empty('count', { by: ['created_at'] })).body).toMatchObject({ count: 0 });
    expect((await fixture.ask('POST', '/collections/none/list', { key: fixture.key, body: {} })).status).toBe(404);
  });
});
