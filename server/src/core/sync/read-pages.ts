import {
  type AccessTokens,
  type AnyConnector,
  type Json,
  type Page,
  SourceError,
  type SourceHttp,
} from '../../connector-kit/index.ts';
import { AppError } from '../shared/index.ts';
import { documentIdOf } from './hashes.ts';
import { pushedEntityType, toPushedEntity } from './pushed-record.ts';
import { RepetitionGuard } from './repetition-guard.ts';
import type { RunProgress } from './run-progress.ts';
import { waitForSource } from './source-waits.ts';
import { toStorablePage } from './storable-page.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import type { ClaimedJob, PageCommit, RunPosition } from './sync-store.ts';

/** A page with what its commit has to remember. */
export interface RunPage {
  readonly page: Page;
  readonly position: RunPosition;
  readonly cursors?: PageCommit['cursors'];
  readonly pushedRows?: PageCommit['pushedRows'];
}

/** The connector of a job, with its configuration and credentials parsed. */
export interface OpenedSource {
  readonly connector: AnyConnector;
  readonly config: unknown;
  readonly credentials: unknown;
  readonly tokens?: AccessTokens;
  readonly http?: SourceHttp;
}

/** @throws AppError when the source is not offered any more; SourceError when its configuration does not fit, or its credentials cannot be had */
export async function openSource(dependencies: SyncDependencies, job: ClaimedJob): Promise<OpenedSource> {
  const connector = dependencies.connectors.find(job.connection.shortName);
  if (connector === undefined) {
    throw new AppError('invalid_request', `This server does not offer the source '${job.connection.shortName}'.`);
  }
  const opened = await dependencies.credentials.open(job.scope, connector, job.connection);
  const config = connector.config.safeParse(job.connection.config);
  const credentials = connector.credentials.safeParse(opened.credentials);
  if (!config.success || !credentials.success) {
    throw new SourceError('configuration', 'The stored configuration does not fit the source any more. Save it again.');
  }
  return {
    ...{ connector, config: config.data, credentials: credentials.data },
    ...(opened.tokens === undefined ? {} : { tokens: opened.tokens }),
  };
}

/** An incremental source is read wholly once a day: not every source says what it deleted, and none says it for ever. */
const reconcileAfterMs = 24 * 3_600_000;
/** What failed lies behind the cursor: only reading everything gives it again. */
const retryAfterMs = 3_600_000;

/** True when the run reads everything, so that what it does not see is gone. */
export function isFullRun(connector: AnyConnector, job: ClaimedJob, now: Date): boolean {
  const streams = Object.entries(connector.streams);
  if (streams.length === 0) return false;
  const sinceFullMs =
    job.lastFullRunAt === null ? Number.POSITIVE_INFINITY : now.getTime() - job.lastFullRunAt.getTime();
  if (sinceFullMs >= (job.hasRecentFailures ? retryAfterMs : reconcileAfterMs)) return true;
  return streams.every(([name, stream]) => stream.mode === 'full' || job.forceFull || !(name in job.cursors));
}

/** The pages of a run, stream after stream, from where an interrupted attempt stopped. */
export async function* readPages(
  dependencies: SyncDependencies,
  job: ClaimedJob & { readonly run: { readonly isFull: boolean } },
  source: OpenedSource,
  waits: { readonly progress: RunProgress; readonly signal: AbortSignal },
): AsyncGenerator<RunPage> {
  let position = job.position;
  let cursors = job.cursors;
  for (const [name, stream] of Object.entries(source.connector.streams)) {
    if (position.done.includes(name)) continue;
    waits.progress.scope = name;
    const cursor = stream.mode === 'incremental' && !job.run.isFull ? cursors[name] : undefined;
    const checkpoint: Json | undefined = position.streams[name] ?? cursor;
    const read = (from: Json | undefined) =>
      stream.read({
        config: source.config,
        credentials: source.credentials,
        ...(source.tokens === undefined ? {} : { tokens: source.tokens }),
        ...(source.http === undefined ? {} : { http: source.http }),
        policy: dependencies.policy,
        ...(job.connection.selection === undefined ? {} : { selection: job.connection.selection }),
        wasIndexed: (idPrefix) => dependencies.store.hasDocuments(job, idPrefix),
        signal: waits.signal,
        ...(from === undefined ? {} : { checkpoint: from }),
      });
    const pages = readPatiently(read, checkpoint, waits);
    const repetitions = new RepetitionGuard();
    for await (const given of pages) {
      const page = toStorablePage(given);
      repetitions.check(page);
      position = { ...position, streams: { ...position.streams, [name]: page.checkpoint } };
      if (stream.mode === 'incremental') cursors = { ...cursors, [name]: page.checkpoint };
      yield { page, position, ...(stream.mode === 'incremental' ? { cursors } : {}) };
    }
    position = { ...position, done: [...position.done, name] };
    yield { page: { entities: [], checkpoint: null }, position };
  }
}

/** Goes on behind the last page once the source, at its limit or out of order, gives again. */
async function* readPatiently(
  read: (checkpoint: Json | undefined) => AsyncIterable<Page>,
  from: Json | undefined,
  waits: { readonly progress: RunProgress; readonly signal: AbortSignal },
): AsyncGenerator<Page> {
  let checkpoint = from;
  for (let tries = 0; ; tries += 1) {
    try {
      for await (const page of read(checkpoint)) {
        yield page;
        checkpoint = page.checkpoint;
        tries = 0;
      }
      return;
    } catch (error) {
      await waitForSource(error, { ...waits, tries });
    }
  }
}

const pushedPageSize = 100;

/** What was pushed and not taken up yet, oldest first. The waiting rows are the position: a commit removes them. */
export async function* readPushedPages(dependencies: SyncDependencies, job: ClaimedJob): AsyncGenerator<RunPage> {
  for (let afterRowId = 0; ; ) {
    const rows = await dependencies.pushed.listPushed(job.scope, job.syncId, { afterRowId, limit: pushedPageSize });
    const last = rows.at(-1);
    if (last === undefined) return;
    afterRowId = last.rowId;
    yield {
      page: { entities: rows.map((row) => toPushedEntity(row, dependencies.blobs)), checkpoint: null },
      position: job.position,
      pushedRows: rows.map((row) => ({
        rowId: row.rowId,
        documentId: documentIdOf(job.connection.id, pushedEntityType, row.entityId),
      })),
    };
  }
}
