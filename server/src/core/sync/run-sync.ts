import { SourceError } from '../../connector-kit/index.ts';
import type { SourceCall } from '../outbound/index.ts';
import { applyDrops } from './apply-drops.ts';
import { CallLog } from './call-log.ts';
import { withDiskSpace } from './disk-space.ts';
import type { DocumentFailure } from './document-record.ts';
import { FailureMonitor } from './failure-monitor.ts';
import { indexPage } from './index-page.ts';
import { loadMemberships } from './load-memberships.ts';
import { type PreparedItem, preparePage } from './prepare-page.ts';
import { isFullRun, type OpenedSource, openSource, type RunPage, readPages, readPushedPages } from './read-pages.ts';
import { removeStrayRows } from './remove-stray-rows.ts';
import { removeUnseen } from './remove-unseen.ts';
import { meterSpool, type RunProgress } from './run-progress.ts';
import { RunParkedError, withSourceWaits } from './source-waits.ts';
import { isStorageOutage } from './storage-outage.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import type { JobCounts } from './sync-job.ts';
import {
  type ClaimedJob,
  IndexReplacedError,
  LeaseLostError,
  RunCancelledError,
  type RunOutcome,
} from './sync-store.ts';

/**
 * Runs one job to its end, from where an interrupted attempt stopped.
 *
 *   source ─ page ─▶ prepare (compare, read, parse) ─▶ index (embed, upsert) ─▶ commit ─▶ drop superseded rows
 *            page + 1: prepare ──────────────────────────────────▶ …
 *
 * While a page is embedded and committed, the next one is prepared. The commit is the only moment at which anything counts:
 * documents, counters and the checkpoint change in one transaction that also checks the lease.
 *
 * @param signal   aborts the run between any two steps; what was committed stays
 * @param progress kept up to date and taken along by each commit
 * @throws LeaseLostError, RunParkedError, the signal's reason, and whatever fails the job
 */
export async function runSync(
  all: SyncDependencies,
  job: ClaimedJob,
  signal: AbortSignal,
  progress: RunProgress,
): Promise<void> {
  const dependencies = withMatchingEncoder(all, job);
  if (dependencies.encoder !== all.encoder) {
    progress.log.warn(
      'The index was made with another embedding model: new text is found by its words until a reindex.',
    );
  }
  const waits = { progress, signal };
  const calls = new CallLog(progress);
  const source = withRunHttp(
    dependencies,
    job,
    await withSourceWaits(() => openSource(dependencies, job), waits),
    calls,
  );
  progress.log.hide(source.credentials);
  const isPushed = Object.keys(source.connector.streams).length === 0;
  if (!isPushed) {
    await withSourceWaits(() => source.connector.validate({ ...source, policy: dependencies.policy, signal }), waits);
  }
  await loadMemberships(dependencies, job, source, waits);
  await dependencies.index.create(job.index, { dimensions: job.dimensions });
  await removeStrayRows(dependencies, job);
  const run = job.run ?? (await dependencies.store.beginRun(job, isFullRun(source.connector, job, new Date())));
  const pages = isPushed ? readPushedPages(dependencies, job) : readPages(dependencies, { ...job, run }, source, waits);
  if (run.isFull) progress.expect((await dependencies.store.countUnseen(job, run.number)).unseen);
  progress.phase = 'reading';
  progress.log.info(describeReading(run.isFull, isPushed));
  const metered = { ...dependencies, spool: meterSpool(dependencies.spool, progress) };
  try {
    await processPages(metered, { ...job, run }, pages, signal, progress);
  } finally {
    calls.summarise();
  }
  if (run.isFull) {
    progress.phase = 'sweeping';
    await removeUnseen(dependencies, { ...job, run }, signal, progress);
  }
  progress.phase = 'finishing';
  await applyDrops(dependencies, job.index);
}

/** The connection's own way to its source, which keeps its limits and counts what it asks. */
function withRunHttp(
  { sourceHttp }: SyncDependencies,
  { scope, connection }: ClaimedJob,
  source: OpenedSource,
  calls: CallLog,
): OpenedSource {
  const { shortName, pace } = source.connector;
  if (sourceHttp === undefined) return source;
  const onCall = (call: SourceCall) => calls.note(call);
  const allowance = pace === undefined ? {} : { pace };
  return {
    ...source,
    http: sourceHttp.open({ source: shortName, scope, connection: connection.id, onCall, ...allowance }),
  };
}

/** Vectors of two encoders cannot be compared: beside another one's, text goes without until the index is rebuilt. */
function withMatchingEncoder(dependencies: SyncDependencies, job: ClaimedJob): SyncDependencies {
  const { encoder, ...others } = dependencies;
  // It may be the index's own: without its vectors, all that is synced now would have to be read again.
  if (encoder?.dimensions === 0) {
    throw new RunParkedError('The embedding model has not answered since the start.', soon());
  }
  return encoder === undefined || encoder.name === job.encoderName ? dependencies : others;
}

/** When a run that waits for the embedding model is taken up again. */
function soon(): Date {
  return new Date(Date.now() + 15_000);
}

function describeReading(isFull: boolean, isPushed: boolean): string {
  if (isPushed) return 'Taking up what was pushed.';
  return isFull ? 'Reading everything.' : 'Reading what changed since the last run.';
}

interface PreparedPage {
  readonly runPage: RunPage;
  readonly items: readonly PreparedItem[];
}

async function processPages(
  dependencies: SyncDependencies,
  job: ClaimedJob,
  pages: AsyncGenerator<RunPage>,
  signal: AbortSignal,
  progress: RunProgress,
): Promise<void> {
  const monitor = new FailureMonitor();
  const disk = { blobs: dependencies.blobs, minFreeBytes: dependencies.limits.minFreeBytes, progress, signal };
  const inFlight = new PageInFlight();

  const prepare = async (): Promise<PreparedPage | undefined> => {
    const next = await pages.next();
    if (next.done === true) return undefined;
    signal.throwIfAborted();
    noteRead(next.value, progress);
    // What the page before is just changing must not be compared with what was there before it.
    await inFlight.waitIfShared(next.value);
    const items = await withSourceWaits(
      () => withDiskSpace(() => preparePage(dependencies, job, next.value.page, signal), disk),
      { progress, signal },
    );
    return { runPage: next.value, items };
  };

  let ahead = prepare();
  try {
    for (;;) {
      const prepared = await ahead;
      if (prepared === undefined) return;
      const done = inFlight.begin(prepared.runPage);
      ahead = prepare();
      // Its error is met at the top of the loop; until then it must not count as unhandled.
      ahead.catch(() => undefined);
      try {
        await withDiskSpace(() => commitPage(dependencies, job, prepared, { monitor, progress, signal }), disk);
      } finally {
        done();
      }
    }
  } finally {
    await Promise.allSettled([ahead]);
    await pages.return(undefined);
  }
}

/** Keeps two neighbouring pages with the same entity from overtaking each other. */
class PageInFlight {
  #keys = new Set<string>();
  #done: Promise<void> = Promise.resolve();

  begin(runPage: RunPage): () => void {
    this.#keys = new Set(keysOf(runPage));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#done = promise;
    return resolve;
  }

  async waitIfShared(runPage: RunPage): Promise<void> {
    if (keysOf(runPage).some((key) => this.#keys.has(key))) await this.#done;
  }
}

function keysOf({ page }: RunPage): string[] {
  return [...page.entities, ...(page.failures ?? []), ...(page.deletions ?? [])].map(
    ({ type, id }) => `${type}\n${id}`,
  );
}

async function commitPage(
  dependencies: SyncDependencies,
  job: ClaimedJob,
  { runPage, items }: PreparedPage,
  { monitor, progress, signal }: { monitor: FailureMonitor; progress: RunProgress; signal: AbortSignal },
): Promise<void> {
  const kept = items.filter((item) => item.action === 'keep');
  const version = items.length === kept.length && !runPage.page.deletions ? 0 : await dependencies.store.nextVersion();
  const indexed = await indexPage(dependencies, job, items, version, signal);
  const failures = [...items.filter((item) => item.action === 'fail'), ...indexed.failures];
  monitor.succeeded(kept.length + indexed.writes.length);
  for (const failure of failures) monitor.failed(failure.cause);
  const recorded = failures.map(({ failure }) => ({ ...failure, error: progress.log.redact(failure.error) }));

  const deletions = await knownDeletions(dependencies, job, runPage);
  const counts: JobCounts = {
    inserted: indexed.writes.filter((write) => write.replaces === undefined).length,
    updated: indexed.writes.filter((write) => write.replaces !== undefined).length,
    deleted: deletions.length,
    kept: kept.length,
    failed: failures.length,
  };
  signal.throwIfAborted();
  await dependencies.store.commitPage(job, {
    version,
    writes: indexed.writes,
    failures: recorded,
    kept,
    deletions,
    counts,
    encountered: countByType([...kept, ...indexed.writes]),
    progress: progress.snapshot(),
    position: runPage.position,
    ...(runPage.cursors === undefined ? {} : { cursors: runPage.cursors }),
    ...(runPage.pushedRows === undefined ? {} : { pushedRows: runPage.pushedRows }),
  });
  progress.committed(counts);
  noteFailures(recorded, progress);
  if (counts.updated + counts.deleted > 0) await applyDrops(dependencies, job.index);
}

function countByType(documents: readonly { readonly entityType: string }[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { entityType } of documents) counts.set(entityType, (counts.get(entityType) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** The mark at the end of a stream and pushed documents ask nothing of a source. */
function noteRead({ page, pushedRows }: RunPage, progress: RunProgress): void {
  if (page.checkpoint !== null && pushedRows === undefined) progress.apiCalls += 1;
  for (const { text } of page.entities) if (text !== undefined) progress.bytesRead += Buffer.byteLength(text);
}

/** More are told by the list of failed documents. */
const maxLoggedFailures = 100;

function noteFailures(failures: readonly DocumentFailure[], progress: RunProgress): void {
  const before = progress.counts.failed - failures.length;
  for (const { entityId, name, error } of failures.slice(0, Math.max(0, maxLoggedFailures - before))) {
    progress.log.warn(`Failed: ${name}: ${error}`, entityId);
  }
  if (before < maxLoggedFailures && before + failures.length > maxLoggedFailures) {
    progress.log.warn(`More than ${maxLoggedFailures} failed; the rest is found among the documents that failed.`);
  }
}

async function knownDeletions(dependencies: SyncDependencies, job: ClaimedJob, { page }: RunPage) {
  const { deletions = [] } = page;
  if (deletions.length === 0) return [];
  const known = await dependencies.store.findDocuments(job, deletions);
  return known.map(({ id, rawKey }) => ({ id, rawKey }));
}

/** What a run that threw comes to; undefined when the job is not ours to end. */
export function toOutcome(error: unknown): RunOutcome | undefined {
  if (error instanceof LeaseLostError || error instanceof RunStoppedError || error instanceof RunParkedError)
    return undefined;
  if (error instanceof IndexReplacedError || isStorageOutage(error)) return undefined;
  if (error instanceof RunCancelledError) return { status: 'cancelled' };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SourceError && error.errorCategory !== undefined) {
    return { status: 'failed', error: message, errorCategory: error.errorCategory };
  }
  return { status: 'failed', error: message };
}

/** Abort reason: the server stops; another worker, or the next start, goes on from the last committed page. */
export class RunStoppedError extends Error {
  constructor() {
    super('the server is stopping');
    this.name = 'RunStoppedError';
  }
}
