import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import type { Page, SourceEntity } from '../../connector-kit/index.ts';
import type { SourceConnection } from '../connections/index.ts';
import type { SyncJob } from './sync-job.ts';
import type { SyncWorker } from './sync-worker.ts';

/** What happens when a source breaks its promises; docs/bad-input.md tells it in this order. */
let fixture: SyncFixture;
let connection: SourceConnection;
let worker: SyncWorker;
beforeAll(async () => {
  fixture = await createSyncFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  worker = fixture.startWorker();
  connection = await fixture.connect();
  fixture.source.mode = 'full';
  return () => worker.stop();
});

function give(...pages: readonly Page[]): void {
  fixture.source.pages = async function* (checkpoint) {
    yield* pages.slice(typeof checkpoint === 'number' ? checkpoint : 0);
  };
}

const run = (): Promise<SyncJob> => fixture.run(connection);
const note = (id: string, text: string, more: Partial<SourceEntity> = {}): SourceEntity => ({
  id,
  type: 'NoteEntity',
  name: `Note ${id.slice(0, 20)}`,
  breadcrumbs: [],
  fields: {},
  text,
  ...more,
});

interface Row {
  readonly entity_id: string;
  readonly state: string;
  readonly error: string | null;
  readonly source_updated_at: Date | null;
}

async function rows(): Promise<readonly Row[]> {
  const found = await sql<Row>`select entity_id, state, error, source_updated_at from documents
    where source_connection_id = ${connection.id} order by entity_id`.execute(fixture.database.system());
  return found.rows;
}

describe('ids', () => {
  test('an id that comes twice in a run is one document, with the text that came last', async () => {
    give(
      { checkpoint: 1, entities: [note('same', 'alder first'), note('same', 'alder second'), note('other', 'alder')] },
      { checkpoint: 2, entities: [note('same', 'alder third')] },
    );
    expect(await run()).toMatchObject({ status: 'completed', counts: { failed: 0 } });
    expect(await rows()).toHaveLength(2);
    expect([...(await fixture.search('alder'))].sort()).toEqual(['alder', 'alder third']);
  });

  test('an id of 10 KB is cut and told apart by a hash, run after run', async () => {
    // Nothing that compresses well, or the database would take it after all.
    const random = Array.from({ length: 10_000 }, (_, n) => ((n * 7_919 + n ** 3) % 36).toString(36)).join('');
    fixture.source.mode = 'incremental';
    const texts = [note(`${random}1`, 'birch one'), note(`${random}2`, 'birch two')];
    give({ checkpoint: 0, entities: texts });
    expect(await run()).toMatchObject({ status: 'completed', counts: { inserted: 2, failed: 0 } });
    expect((await rows()).every((row) => Buffer.byteLength(row.entity_id) <= 1_024)).toBe(true);
    expect(await run()).toMatchObject({ status: 'completed', counts: { inserted: 0, kept: 2, deleted: 0 } });
    give({ checkpoint: 1, entities: [], deletions: [{ id: `${random}1`, type: 'NoteEntity' }] });
    expect(await run()).toMatchObject({ status: 'completed', counts: { deleted: 1 } });
    expect(await fixture.search('birch')).toEqual(['birch two']);
  });

  test('what has no id is a failure with its reason, and the rest is read', async () => {
    const nothing = undefined as unknown as string;
    const bad = [note('', 'cedar lost', { name: 'Lost' }), { ...note('x', 'cedar'), id: nothing, name: 'Unnamed' }];
    give({ checkpoint: 1, entities: [...bad, note('\0', 'cedar', { name: 'Null' }), note('good', 'cedar good')] });
    for (let runs = 0; runs < 2; runs += 1) {
      expect(await run()).toMatchObject({ status: 'completed', counts: { failed: 3 } });
      const failed = (await rows()).filter((row) => row.state === 'failed');
      expect(failed).toHaveLength(3);
      for (const { error } of failed) expect(error).toContain('no id');
    }
    expect(await fixture.search('cedar')).toEqual(['cedar good']);
  });
});

test('a date that is none is left out, one in the future is kept as it is', async () => {
  const dates = { none: new Date('never'), beyond: new Date(8.64e15), future: new Date('2999-12-31T00:00:00Z') };
  give({
    checkpoint: 1,
    entities: Object.entries(dates).map(([id, date]) => note(id, `fir ${id}`, { createdAt: date, updatedAt: date })),
  });
  expect(await run()).toMatchObject({ status: 'completed', counts: { inserted: 3, failed: 0 } });
  const found = Object.fromEntries((await rows()).map((row) => [row.entity_id, row.source_updated_at?.toISOString()]));
  expect(found).toEqual({ none: undefined, beyond: undefined, future: '2999-12-31T00:00:00.000Z' });
  expect(await fixture.search('fir')).toHaveLength(3);
});

describe('pages that never end', () => {
  test.each([
    ['the same page', 'hazel', [1]],
    ['a round of pages', 'medlar', [1, 2, 3, 4, 5]],
  ])('%s, over and over, ends the run with a clear error and deletes nothing', async (_name, word, round) => {
    give({ checkpoint: 1, entities: [note('before', `${word} before`)] });
    await run();
    fixture.source.pages = async function* () {
      for (;;) for (const number of round) yield textPage({ [`d${number}`]: `${word} ${number}` }, number);
    };
    const job = await run();
    expect(job).toMatchObject({ status: 'failed', counts: { inserted: round.length, deleted: 0 } });
    expect(job.error).toContain('over and over');
    expect(await fixture.search(word)).toHaveLength(round.length + 1);
  });

  test('empty pages end it too', async () => {
    fixture.source.pages = async function* () {
      for (;;) yield { checkpoint: 'busy', entities: [] };
    };
    expect(await run()).toMatchObject({ status: 'failed', error: expect.stringContaining('over and over') });
  });

  test('pages that differ in their checkpoint or in what they hold are no repetition', async () => {
    give(...Array.from({ length: 30 }, (_, number) => textPage({ [`d${number % 3}`]: 'hornbeam' }, number + 1)));
    expect(await run()).toMatchObject({ status: 'completed' });
    give(...Array.from({ length: 30 }, (_, number) => textPage({ [`d${number}`]: 'hornbeam' }, null)));
    expect(await run()).toMatchObject({ status: 'completed', counts: { inserted: 27 } });
  });
});

test('a cursor that goes backwards reads again what was read, and changes nothing', async () => {
  fixture.source.mode = 'incremental';
  const asked: unknown[] = [];
  fixture.source.pages = async function* (checkpoint) {
    asked.push(checkpoint);
    yield textPage({ a: 'larch one' }, 5);
    yield textPage({ b: 'larch two' }, 3);
  };
  expect(await run()).toMatchObject({ status: 'completed', counts: { inserted: 2 } });
  expect(await run()).toMatchObject({ status: 'completed', counts: { inserted: 0, updated: 0, kept: 2, deleted: 0 } });
  expect(asked).toEqual([undefined, 3]);
  expect(await fixture.search('larch')).toHaveLength(2);
});

describe('content', () => {
  /** A text file whose stream the test decides. */
  const file = (id: string, open: () => Readable, size?: number): SourceEntity => {
    const { text: _, ...entity } = note(id, '');
    return {
      ...entity,
      file: { name: `${id}.txt`, open: async () => open(), ...(size === undefined ? {} : { size }) },
    };
  };

  test('a body that is cut off is a failure; the version from before stays, and the next run tries again', async () => {
    give({ checkpoint: 1, entities: [file('cut', () => Readable.from(['linden whole']))] });
    await run();
    give({
      checkpoint: 1,
      entities: [
        file('cut', () =>
          Readable.from(
            (function* () {
              yield 'linden half';
              throw new Error('the connection was closed');
            })(),
          ),
        ),
      ],
    });
    expect(await run()).toMatchObject({ status: 'completed', counts: { failed: 1, deleted: 0 } });
    expect((await rows())[0]?.error).toContain('the connection was closed');
    expect(await fixture.search('linden')).toEqual(['linden whole']);
    give({ checkpoint: 1, entities: [file('cut', () => Readable.from(['linden new']))] });
    expect(await run()).toMatchObject({ status: 'completed', counts: { failed: 0, updated: 1 } });
    expect(await fixture.search('linden')).toEqual(['linden new']);
  });

  test('an entity of 200 MB is a failure that names the limit, and no more of it is read than that', async () => {
    const mebibyte = 2 ** 20;
    let read = 0;
    const endless = () =>
      Readable.from(
        (function* () {
          for (; read < 200 * mebibyte; read += mebibyte) yield Buffer.alloc(mebibyte, 'x');
        })(),
      );
    let wasOpened = false;
    const declared = () => {
      wasOpened = true;
      return Readable.from(['x']);
    };
    give({
      checkpoint: 1,
      entities: [
        file('unannounced', endless),
        file('announced', declared, 200 * mebibyte),
        note('text', 'maple '.repeat((200 * mebibyte) / 6)),
        note('small', 'maple small'),
      ],
    });
    expect(await run()).toMatchObject({ status: 'completed', counts: { inserted: 1, failed: 3 } });
    for (const { error } of (await rows()).filter((row) => row.state === 'failed')) {
      expect(error).toContain('MAX_FILE_BYTES');
    }
    expect(read).toBeLessThan(10 * mebibyte);
    expect(wasOpened).toBe(false);
    expect(await fixture.search('maple')).toEqual(['maple small']);
  });
});

test('a source that suddenly gives nothing keeps its documents until somebody decides', async () => {
  const texts = Object.fromEntries(Array.from({ length: 120 }, (_, number) => [`d${number}`, `poplar ${number}`]));
  give(textPage(texts, 1));
  await run();
  give();
  expect(await run()).toMatchObject({ status: 'completed', counts: { deleted: 0 } });
  expect(await rows()).toHaveLength(120);
  expect(await fixture.search('poplar')).toHaveLength(50);
  give(textPage(texts, 1));
  expect(await run()).toMatchObject({ status: 'completed', counts: { kept: 120, inserted: 0 } });
});

describe('a clock that jumps', () => {
  test('ahead lets another worker take over; what both write is written once', async () => {
    await worker.stop();
    const slow = fixture.startWorker({ renewEveryMs: 60_000 });
    const { promise: jumped, resolve: jump } = Promise.withResolvers<void>();
    fixture.source.pages = async function* (checkpoint) {
      if (checkpoint === undefined) {
        yield textPage({ a: 'rowan one' }, 1);
        await jumped;
      }
      yield textPage({ b: 'rowan two' }, 2);
    };
    const ended = run();
    await until(async () => (await fixture.search('rowan')).length === 1);
    // For the database it is an hour later, and the worker has not renewed its lease since.
    await sql`update sync_jobs set lease_expires_at = lease_expires_at - interval '1 hour' where status = 'running'`.execute(
      fixture.database.system(),
    );
    const other = fixture.startWorker();
    expect(await ended).toMatchObject({ status: 'completed', attempts: 2, counts: { inserted: 2 } });
    jump();
    await Promise.all([slow.stop(), other.stop()]);
    expect(await rows()).toHaveLength(2);
    expect(await fixture.search('rowan')).toHaveLength(2);
  });

  test('back keeps no job of a dead worker waiting until the time comes again', async () => {
    give(textPage({ a: 'willow' }, 1));
    await sql`insert into sync_jobs (id, organization_id, sync_id, status, trigger, lease_owner, lease_expires_at, attempts)
      select gen_random_uuid(), organization_id, id, 'running', 'manual', 'dead#1', now() + interval '1 year', 1
      from syncs where source_connection_id = ${connection.id}`.execute(fixture.database.system());
    expect(await fixture.waitForEnd(connection)).toMatchObject({ status: 'completed', counts: { inserted: 1 } });
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}
