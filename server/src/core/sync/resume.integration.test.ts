import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import { runConnection, type SourceConnection } from '../connections/index.ts';
import type { SearchIndex } from '../search/index.ts';
import type { DocumentId } from '../shared/index.ts';
import { RunProgress } from './run-progress.ts';
import { runSync } from './run-sync.ts';
import { type ClaimedJob, LeaseLostError } from './sync-store.ts';

let fixture: SyncFixture;
let connection: SourceConnection;
beforeAll(async () => {
  fixture = await createSyncFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  connection = await fixture.connect();
  fixture.source.mode = 'full';
});

const signal = new AbortController().signal;
const progress = () => new RunProgress();

async function claim(owner: string, leaseMs = 30_000): Promise<ClaimedJob> {
  const job = await fixture.dependencies.store.claimJob({ owner, leaseMs, lane: 'any' });
  if (job === undefined) throw new Error('there is nothing to claim');
  return job;
}

async function begin(owner: string, leaseMs?: number): Promise<ClaimedJob> {
  await runConnection(fixture.connectionDependencies, fixture.caller, connection.id, { forceFull: false });
  return claim(owner, leaseMs);
}

async function finish(job: ClaimedJob): Promise<void> {
  await runSync(fixture.dependencies, job, signal, progress());
  expect(await fixture.dependencies.store.finishJob(job, { status: 'completed' })).toBe(true);
}

/** Three pages; dies where it is told to. Records where each attempt began. */
function threePages(): { began: unknown[]; dieAfterPage: number } {
  const control = { began: [] as unknown[], dieAfterPage: 99 };
  fixture.source.pages = async function* (checkpoint) {
    control.began.push(checkpoint ?? null);
    const from = typeof checkpoint === 'number' ? checkpoint : 0;
    for (let page = from; page < 3; page += 1) {
      if (page >= control.dieAfterPage) throw new Error('killed');
      yield textPage({ [`p${page}`]: `hazel number ${page}` }, page + 1);
    }
  };
  return control;
}

describe('a run that was cut off', () => {
  test('goes on from the last committed page, in the same run', async () => {
    const control = threePages();
    control.dieAfterPage = 2;
    const first = await begin('one', 1);
    await expect(runSync(fixture.dependencies, first, signal, progress())).rejects.toThrow('killed');
    control.dieAfterPage = 99;
    const second = await claimLost('two');
    expect(second.id).toBe(first.id);
    expect(second.attempts).toBe(2);
    await finish(second);
    expect(control.began).toEqual([null, 2]);
    const job = await fixture.connectionDependencies.connections.findJob(fixture.caller.scope, first.id);
    expect(job).toMatchObject({ status: 'completed', counts: { inserted: 3, updated: 0, deleted: 0, kept: 0 } });
    expect((await fixture.search('hazel')).toSorted()).toEqual(['hazel number 0', 'hazel number 1', 'hazel number 2']);
  });

  test('is not taken up by another worker while its lease is renewed', async () => {
    threePages();
    const job = await begin('one');
    await fixture.dependencies.store.renewLease(job, { leaseMs: 30_000, waitingFor: null });
    expect(await fixture.dependencies.store.claimJob({ owner: 'two', leaseMs: 1, lane: 'any' })).toBeUndefined();
    await finish(job);
  });

  test('cannot write once its job was given to another', async () => {
    threePages();
    const slow = await begin('slow', 1);
    const next = await claimLost('next');
    await expect(runSync(fixture.dependencies, slow, signal, progress())).rejects.toThrow(LeaseLostError);
    await expect(fixture.dependencies.store.finishJob(slow, { status: 'completed' })).rejects.toThrow(LeaseLostError);
    await finish(next);
  });

  test('leaves no rows of a document that went away between index write and commit', async () => {
    fixture.source.pages = async function* () {
      yield textPage({ ghost: 'ghostly elm', real: 'real elm' }, 1);
    };
    const job = await begin('one', 1);
    // The index is written, the commit is not: as when the process dies between the two.
    const dying = { ...fixture.dependencies, store: { ...fixture.dependencies.store, commitPage: neverCommits } };
    await expect(runSync(dying, job, signal, progress())).rejects.toThrow('died before the commit');
    expect(await indexedDocuments(job)).toHaveLength(2);
    expect(await fixture.search('elm')).toEqual([]);
    fixture.source.pages = async function* () {
      yield textPage({ real: 'real elm' }, 1);
    };
    await finish(await claimLost('two'));
    expect(await fixture.search('elm')).toEqual(['real elm']);
    expect(await indexedDocuments(job)).toHaveLength(1);
  });

  test('shows the old document until the new one is committed', async () => {
    const give = (text: string) => {
      fixture.source.pages = async function* () {
        yield textPage({ a: text }, 1);
      };
    };
    give('rowan before');
    await finish(await begin('one'));
    give('rowan after');
    const job = await begin('two', 1);
    const dying = { ...fixture.dependencies, store: { ...fixture.dependencies.store, commitPage: neverCommits } };
    await expect(runSync(dying, job, signal, progress())).rejects.toThrow('died before the commit');
    expect(await fixture.search('rowan')).toContain('rowan before');
    await finish(await claimLost('three'));
    expect(await fixture.search('rowan')).toEqual(['rowan after']);
  });

  test('that dies after a commit has its superseded rows dropped later, and hidden meanwhile', async () => {
    const give = (text: string) => {
      fixture.source.pages = async function* () {
        yield textPage({ a: text }, 1);
      };
    };
    give('aspen before');
    await finish(await begin('one'));
    give('aspen after');
    const job = await begin('two', 1);
    const dying = { ...fixture.dependencies, index: neverDrops(fixture.dependencies.index) };
    await expect(runSync(dying, job, signal, progress())).rejects.toThrow('died before the drop');
    expect(await fixture.search('aspen')).toEqual(['aspen after']);
    expect(await chunksOf(job)).toHaveLength(2);
    await finish(await claimLost('three'));
    expect(await chunksOf(job)).toHaveLength(1);
  });
});

test('two collections with the same object never touch each other', async () => {
  fixture.source.pages = async function* () {
    yield textPage({ same: 'shared sycamore' }, 1);
  };
  await finish(await begin('one'));
  const other = await fixture.connect();
  await runConnection(fixture.connectionDependencies, fixture.caller, other.id, { forceFull: false });
  await finish(await claim('two'));
  expect(await fixture.search('sycamore')).toEqual(['shared sycamore', 'shared sycamore']);
  fixture.source.pages = async function* () {};
  await runConnection(fixture.connectionDependencies, fixture.caller, other.id, { forceFull: false });
  await finish(await claim('three'));
  expect(await fixture.search('sycamore')).toEqual(['shared sycamore']);
});

test('a full disk makes the run wait, say so, and go on by itself', async () => {
  fixture.source.pages = async function* () {
    yield textPage({ a: 'patient poplar' }, 1);
  };
  const job = await begin('one');
  let free = 10;
  const dependencies = {
    ...fixture.dependencies,
    limits: { ...fixture.dependencies.limits, minFreeBytes: 1_000 },
    blobs: { ...fixture.dependencies.blobs, freeBytes: async () => free },
  };
  const state = new RunProgress();
  const running = runSync(dependencies, job, signal, state);
  await expect.poll(() => state.waitingFor).toMatch(/disk is nearly full: 10 bytes left/);
  expect(await fixture.search('poplar')).toEqual([]);
  free = 5_000;
  await running;
  expect(state.waitingFor).toBeNull();
  expect(await fixture.search('poplar')).toEqual(['patient poplar']);
  await fixture.dependencies.store.finishJob(job, { status: 'completed' });
});

function neverDrops(index: SearchIndex): SearchIndex {
  return new Proxy(index, {
    get(target, name: keyof SearchIndex) {
      if (name === 'drop') return () => Promise.reject(new Error('died before the drop'));
      return target[name].bind(target);
    },
  });
}

async function neverCommits(): Promise<void> {
  throw new Error('died before the commit');
}

/** What a worker finds once the lease of another, which is gone, has run out. */
async function claimLost(owner: string): Promise<ClaimedJob> {
  await expect
    .poll(async () => {
      const { rows } = await sql<{ lost: boolean }>`
        select bool_or(lease_expires_at < now()) as lost from sync_jobs where status = 'running'`.execute(
        fixture.database.system(),
      );
      return rows[0]?.lost;
    })
    .toBe(true);
  return claim(owner);
}

function indexedDocuments(job: ClaimedJob): Promise<readonly DocumentId[]> {
  return fixture.dependencies.index.listDocumentIds(job.index, { syncJobId: job.id });
}

async function chunksOf(job: ClaimedJob) {
  const ids = await fixture.database
    .system()
    .selectFrom('documents')
    .select('id')
    .where('source_connection_id', '=', job.connection.id)
    .execute();
  return fixture.dependencies.index.readDocuments(
    job.index,
    ids.map((row) => row.id as DocumentId),
  );
}
