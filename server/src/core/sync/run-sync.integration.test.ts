import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import { type Page, SourceError } from '../../connector-kit/index.ts';
import { cancelJob, deleteConnection, type SourceConnection } from '../connections/index.ts';
import type { SyncJob } from './sync-job.ts';

let fixture: SyncFixture;
let connection: SourceConnection;
beforeAll(async () => {
  fixture = await createSyncFixture();
  fixture.startWorker();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  connection = await fixture.connect();
  fixture.encoder.embedded.length = 0;
  fixture.encoder.breaksOn = undefined;
  fixture.source.mode = 'full';
});

/** The pages of one run; each resumes after the last. */
function give(...pages: readonly Readonly<Record<string, string>>[]): void {
  fixture.source.pages = async function* (checkpoint) {
    const from = typeof checkpoint === 'number' ? checkpoint : 0;
    for (const [index, texts] of pages.entries()) if (index >= from) yield textPage(texts, index + 1);
  };
}

const counts = (job: SyncJob) => job.counts;
const texts = async (query: string) => (await fixture.search(query)).toSorted();

test('a first run inserts, a second one over the same content changes and embeds nothing', async () => {
  give({ a: 'alder grows', b: 'birch grows' }, { c: 'cedar grows' });
  expect(counts(await fixture.run(connection))).toEqual({ inserted: 3, updated: 0, deleted: 0, kept: 0, failed: 0 });
  expect(await texts('grows')).toEqual(['alder grows', 'birch grows', 'cedar grows']);
  const { embedded } = fixture.encoder;
  expect(embedded).toHaveLength(3);
  embedded.length = 0;
  expect(counts(await fixture.run(connection))).toEqual({ inserted: 0, updated: 0, deleted: 0, kept: 3, failed: 0 });
  expect(embedded).toEqual([]);
});

test('a changed text replaces the old one, and an object that is gone is deleted', async () => {
  give({ a: 'amber lamp', b: 'bronze lamp' });
  await fixture.run(connection);
  give({ a: 'azure lamp' });
  expect(counts(await fixture.run(connection))).toEqual({ inserted: 0, updated: 1, deleted: 1, kept: 0, failed: 0 });
  expect(await fixture.search('amber lamp bronze azure')).toEqual(['azure lamp']);
  expect(await rowsOf(connection)).toBe(1);
});

test('a change to metadata alone updates what results show and embeds nothing', async () => {
  const page = (place: string): Page => {
    const { entities, checkpoint } = textPage({ a: 'wandering note' }, 1);
    return {
      checkpoint,
      entities: entities.map((entity) => ({
        ...entity,
        fields: { place },
        breadcrumbs: [{ entityId: place, name: place, entityType: 'FolderEntity' }],
      })),
    };
  };
  fixture.source.pages = async function* () {
    yield page('attic');
  };
  await fixture.run(connection);
  fixture.encoder.embedded.length = 0;
  fixture.source.pages = async function* () {
    yield page('cellar');
  };
  expect(counts(await fixture.run(connection)).updated).toBe(1);
  expect(fixture.encoder.embedded).toEqual([]);
  const [chunk] = await rowChunks(connection);
  expect(chunk?.breadcrumbs[0]?.name).toBe('cellar');
  expect(chunk?.fields).toEqual({ place: 'cellar' });
});

test('of a long document only the changed passages are embedded again', async () => {
  const paragraph = (word: string) => `${word} `.repeat(180);
  const body = (last: string) => ['one', 'two', 'three', last].map(paragraph).join('\n\n');
  give({ a: body('four') });
  await fixture.run(connection);
  const first = fixture.encoder.embedded.length;
  fixture.encoder.embedded.length = 0;
  give({ a: body('five') });
  await fixture.run(connection);
  expect(first).toBeGreaterThan(2);
  expect(fixture.encoder.embedded.length).toBeLessThan(first);
  expect(fixture.encoder.embedded.some((text) => text.includes('five'))).toBe(true);
});

describe('failures', () => {
  test('a document that cannot be embedded is recorded with its reason and tried again in the next run', async () => {
    fixture.encoder.breaksOn = 'poison';
    give({ a: 'good text', b: 'poison text' });
    expect(counts(await fixture.run(connection))).toMatchObject({ inserted: 1, failed: 1 });
    expect(await documentRow('b')).toMatchObject({
      state: 'failed',
      tries: 1,
      error: expect.stringContaining('it broke'),
    });
    expect(counts(await fixture.run(connection))).toMatchObject({ kept: 1, failed: 1 });
    expect(await documentRow('b')).toMatchObject({ tries: 2 });
    fixture.encoder.breaksOn = undefined;
    expect(counts(await fixture.run(connection))).toMatchObject({ kept: 1, inserted: 1, failed: 0 });
    expect(await documentRow('b')).toMatchObject({ state: 'indexed', tries: 0, error: null });
  });

  test('a document whose new version fails stays searchable as it was', async () => {
    give({ a: 'first edition' });
    await fixture.run(connection);
    fixture.encoder.breaksOn = 'second';
    give({ a: 'second edition' });
    await fixture.run(connection);
    expect(await fixture.search('edition')).toEqual(['first edition']);
  });

  test('a source that fails in the middle fails the run, keeps what was committed, and deletes nothing', async () => {
    give({ a: 'apple core', b: 'pear core' });
    await fixture.run(connection);
    fixture.source.pages = async function* () {
      yield textPage({ a: 'apple core' }, 1);
      throw new SourceError('source', 'The service is on fire.');
    };
    const job = await fixture.run(connection);
    expect(job).toMatchObject({ status: 'failed', error: 'The service is on fire.', completedAt: null });
    expect(await texts('core')).toEqual(['apple core', 'pear core']);
  });

  test('refused credentials pause the sync and name the category', async () => {
    fixture.source.pages = async function* () {
      yield textPage({}, 1);
      throw new SourceError('credentials', 'The key was revoked.', { errorCategory: 'api_key_invalid' });
    };
    expect(await fixture.run(connection)).toMatchObject({ status: 'failed', errorCategory: 'api_key_invalid' });
    const found = await fixture.connectionDependencies.connections.find(fixture.caller.scope, connection.id);
    expect(found?.sync?.status).toBe('paused');
  });

  test('thirty failures in a row that are ours end the run', async () => {
    fixture.encoder.breaksOn = 'x';
    give(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d${i}`, `x ${i}`])));
    expect(await fixture.run(connection)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('30 failures in a row'),
    });
  });
});

describe('deleting what a run did not see', () => {
  test('is held for a decision where it would be most of more than a hundred', async () => {
    give(Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`d${i}`, `willow ${i}`])));
    await fixture.run(connection);
    give({ d0: 'willow 0' });
    expect(await fixture.run(connection)).toMatchObject({ status: 'completed', counts: { deleted: 0, kept: 1 } });
    const held = await fixture.connectionDependencies.connections.find(fixture.caller.scope, connection.id);
    expect(held?.sync?.heldDeletions).toEqual({ count: 149, total: 150 });
    expect(await rowsOf(connection)).toBe(150);
    give(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`d${i}`, `willow ${i}`])));
    expect(await fixture.run(connection)).toMatchObject({ counts: { deleted: 50, kept: 100 } });
    const released = await fixture.connectionDependencies.connections.find(fixture.caller.scope, connection.id);
    expect(released?.sync?.heldDeletions).toBeNull();
  });

  test('happens only in full runs of an incremental source', async () => {
    fixture.source.mode = 'incremental';
    give({ a: 'maple one' }, { b: 'maple two' });
    expect(counts(await fixture.run(connection)).inserted).toBe(2);
    give({}, {}, { c: 'maple three' });
    expect(counts(await fixture.run(connection))).toMatchObject({ inserted: 1, deleted: 0, kept: 0 });
    expect(await texts('maple')).toEqual(['maple one', 'maple three', 'maple two']);
    expect(counts(await fixture.run(connection, { forceFull: true }))).toMatchObject({ kept: 1, deleted: 2 });
  });

  test('goes through once it was confirmed, though not for more than that', async () => {
    const { connections } = fixture.connectionDependencies;
    give(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`d${i}`, `rowan ${i}`])));
    await fixture.run(connection);
    give(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`d${i}`, `rowan ${i}`])));
    await fixture.run(connection);
    expect(await connections.decideDeletions(fixture.caller.scope, connection.id, 'confirm')).toBe(true);
    // Twice is once.
    expect(await connections.decideDeletions(fixture.caller.scope, connection.id, 'confirm')).toBe(false);
    give({ d0: 'rowan 0' });
    expect(await fixture.run(connection)).toMatchObject({ counts: { deleted: 0, kept: 1 } });
    const found = await connections.find(fixture.caller.scope, connection.id);
    expect(found?.sync?.heldDeletions).toEqual({ count: 199, total: 200 });
    expect(await connections.decideDeletions(fixture.caller.scope, connection.id, 'confirm')).toBe(true);
    // One came back meanwhile, and stays.
    give({ d0: 'rowan 0', d7: 'rowan 7' });
    expect(await fixture.run(connection)).toMatchObject({ counts: { deleted: 198, kept: 2 } });
    expect(await connections.decideDeletions(fixture.caller.scope, connection.id, 'confirm')).toBe(false);
  });

  test('is done once a day for an incremental source, without being asked for', async () => {
    fixture.source.mode = 'incremental';
    const cursors: unknown[] = [];
    fixture.source.pages = async function* (checkpoint) {
      cursors.push(checkpoint ?? null);
      if (checkpoint === undefined) yield textPage({ a: 'hornbeam one' }, 1);
    };
    await fixture.run(connection);
    await fixture.run(connection);
    await sql`update syncs set last_full_run_at = now() - interval '25 hours' where id = ${connection.sync?.id}`.execute(
      fixture.database.system(),
    );
    fixture.source.pages = async function* (checkpoint) {
      cursors.push(checkpoint ?? null);
      yield textPage({ b: 'hornbeam two' }, 2);
    };
    expect(counts(await fixture.run(connection))).toMatchObject({ inserted: 1, deleted: 1 });
    await fixture.run(connection);
    expect(cursors).toEqual([null, 1, null, 2]);
  });

  test('follows what the source itself says is gone', async () => {
    fixture.source.mode = 'incremental';
    give({ a: 'spruce one', b: 'spruce two' });
    await fixture.run(connection);
    fixture.source.pages = async function* () {
      yield {
        entities: [],
        deletions: [
          { id: 'a', type: 'NoteEntity' },
          { id: 'never-seen', type: 'NoteEntity' },
        ],
        checkpoint: 2,
      };
    };
    expect(counts(await fixture.run(connection)).deleted).toBe(1);
    expect(await fixture.search('spruce')).toEqual(['spruce two']);
  });
});

describe('ending a run from outside', () => {
  test('cancelling reaches a source that would never end', async () => {
    fixture.source.pages = async function* (_checkpoint, signal) {
      yield textPage({ a: 'kept oak' }, 1);
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const running = fixture.run(connection);
    const job = await waitForRunning(connection);
    await cancelJob(fixture.connectionDependencies, fixture.caller, connection.id, job.id);
    expect(await running).toMatchObject({ status: 'cancelled', counts: { inserted: 1 } });
    await expect(cancelJob(fixture.connectionDependencies, fixture.caller, connection.id, job.id)).rejects.toThrow(
      /cancelled/,
    );
  });

  test('deleting the connection stops its run and hides its documents at once', async () => {
    let wasAborted = false;
    fixture.source.pages = async function* (_checkpoint, signal) {
      yield textPage({ a: 'vanishing yew' }, 1);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      wasAborted = true;
    };
    const running = fixture.run(connection);
    await expect.poll(() => fixture.search('vanishing')).toEqual(['vanishing yew']);
    await deleteConnection(fixture.connectionDependencies, fixture.caller, connection.id);
    expect(await fixture.search('vanishing')).toEqual([]);
    await running;
    await expect.poll(() => wasAborted).toBe(true);
  });

  test('a second run is refused while one is active, also of many at once', async () => {
    const gate = Promise.withResolvers<void>();
    fixture.source.pages = async function* () {
      await gate.promise;
      yield textPage({ a: 'only once' }, 1);
    };
    const attempts = await Promise.allSettled(Array.from({ length: 6 }, () => startOnly(connection)));
    expect(attempts.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(1);
    gate.resolve();
    expect(await fixture.waitForEnd(connection)).toMatchObject({ status: 'completed' });
  });
});

async function startOnly(of: SourceConnection) {
  const { runConnection } = await import('../connections/index.ts');
  return runConnection(fixture.connectionDependencies, fixture.caller, of.id, { forceFull: false });
}

async function waitForRunning(of: SourceConnection): Promise<SyncJob> {
  return expect
    .poll(async () => {
      const [job] = await fixture.connectionDependencies.connections.listJobs(fixture.caller.scope, of.id, 1);
      return job?.status === 'running' && job.counts.inserted > 0 ? job : undefined;
    })
    .toBeDefined()
    .then(async () => {
      const [job] = await fixture.connectionDependencies.connections.listJobs(fixture.caller.scope, of.id, 1);
      if (job === undefined) throw new Error('no job');
      return job;
    });
}

function documentRow(entityId: string) {
  return fixture.database
    .system()
    .selectFrom('documents')
    .selectAll()
    .where('source_connection_id', '=', connection.id)
    .where('entity_id', '=', entityId)
    .executeTakeFirst();
}

async function documentIds(of: SourceConnection) {
  const { rows } = await sql<{ id: string }>`select id from documents where source_connection_id = ${of.id}`.execute(
    fixture.database.system(),
  );
  return rows.map((row) => row.id);
}

async function rowChunks(of: SourceConnection) {
  const ref = { scope: fixture.caller.scope, collectionId: fixture.collection.id, generation: 1 };
  return fixture.dependencies.index.readDocuments(ref, (await documentIds(of)) as never);
}

async function rowsOf(of: SourceConnection): Promise<number> {
  return (await rowChunks(of)).length;
}

test('what the source marks as unchanged is not read again, until the way of making passages changes', async () => {
  let opened = 0;
  fixture.source.pages = async function* () {
    yield {
      checkpoint: 1,
      entities: [
        {
          id: 'marked',
          type: 'NoteEntity',
          name: 'Marked.txt',
          breadcrumbs: [],
          fields: {},
          revision: 'r1',
          file: {
            name: 'marked.txt',
            open: async () => {
              opened += 1;
              return Readable.from(['marked marigold']);
            },
          },
        },
      ],
    };
  };
  await fixture.run(connection);
  expect(counts(await fixture.run(connection))).toMatchObject({ kept: 1 });
  expect(opened).toBe(1);
  const { name } = fixture.encoder;
  Object.assign(fixture.encoder, { name: 'another encoder' });
  expect(counts(await fixture.run(connection))).toMatchObject({ updated: 1, kept: 0 });
  expect(opened).toBe(2);
  Object.assign(fixture.encoder, { name });
});
