import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type DocumentId } from '../shared/index.ts';
import { pipelineOf } from '../sync/index.ts';
import { type RebuildDependencies, type RebuiltDocument, rebuildDocuments } from './rebuild-documents.ts';
import type { ClaimedReindex, ReindexStaging, ReindexStore } from './reindex-store.ts';

export type ReindexDependencies = RebuildDependencies & {
  readonly reindexes: ReindexStore;
  /** Width of the vector column where there is no encoder. */
  readonly emptyDimensions: number;
};

/** Documents of one step. */
const batch = 32;
/** So few are copied while pages of syncs wait to be committed. */
const maxUnderLock = 32;
/** With every round fewer documents change meanwhile; a collection that changes faster than it is read tries on. */
const restMs = 200;
/** Above every version. */
const everyVersion = Number.MAX_SAFE_INTEGER;
const diskPauseMs = 2_000;

/**
 * Runs one rebuild to its end, from where an interrupted attempt stopped.
 *
 *   documents ─ record ─▶ parse, embed ─▶ new generation ─▶ note the version      again for what changed meanwhile,
 *                                                                                 until little is left
 *   ── pages cannot commit ──▶ copy the last ones ─▶ swap ──▶ bring the documents' hashes in line ─▶ done
 *
 * What the new generation holds is a list of (document, version); it is compared with the committed versions, so that what
 * a sync, a push or a deletion does meanwhile is seen, in whatever order it is committed. A note is made before rows are
 * written and after: whatever a crash leaves is known.
 *
 * @throws LeaseLostError, the signal's reason, and whatever breaks the attempt off
 */
export async function runReindex(
  dependencies: ReindexDependencies,
  claimed: ClaimedReindex,
  signal: AbortSignal,
): Promise<void> {
  const reindex = claimed.isSwapped ? claimed : await build(dependencies, claimed, signal);
  await tidyUp(dependencies, reindex, signal);
  await dependencies.reindexes.complete(reindex);
}

/** @returns the rebuild, whose generation is another one where it had to start over */
async function build(
  dependencies: ReindexDependencies,
  claimed: ClaimedReindex,
  signal: AbortSignal,
): Promise<ClaimedReindex> {
  const { reindexes, index, encoder } = dependencies;
  const dimensions = encoder?.dimensions ?? dependencies.emptyDimensions;
  if (dimensions === 0) {
    throw new AppError('unavailable', 'The embedding model has not answered since the start.', {
      retryAfterMs: 15_000,
    });
  }
  const reindex = await prepareTarget(dependencies, claimed, dimensions);
  await reindexes.countDocuments(reindex);
  const staging = reindexes.staging(reindex);
  for (;;) {
    await copyAll(dependencies, reindex, staging, signal);
    await dropGone(dependencies, reindex, staging);
    const isSwapped = await reindexes.swap(reindex, { name: encoder?.name ?? 'none', dimensions }, async (locked) => {
      const left = await locked.listOutdated({ after: null, limit: maxUnderLock + 1 });
      if (left.length > maxUnderLock) return false;
      await write(dependencies, reindex, locked, await rebuildDocuments(dependencies, reindex, left, signal));
      await dropGone(dependencies, reindex, locked);
      signal.throwIfAborted();
      return true;
    });
    if (isSwapped) break;
    await delay(restMs, undefined, { signal });
  }
  await index.optimise(reindex.target).catch((error: unknown) => {
    dependencies.logger.warn({ err: error }, 'a rebuilt index could not be optimised; later writes do it');
  });
  return reindex;
}

/** Goes on with what an earlier attempt wrote, unless that was made with something else, or its rows are not all there. */
async function prepareTarget(
  { reindexes, index, extractor, encoder }: ReindexDependencies,
  claimed: ClaimedReindex,
  dimensions: number,
): Promise<ClaimedReindex> {
  const pipeline = pipelineOf({ extractor, ...(encoder === undefined ? {} : { encoder }) });
  const isWhole =
    claimed.pipeline === pipeline &&
    (await index.count(claimed.target)) >= (await reindexes.countStagedChunks(claimed));
  const reindex = isWhole ? claimed : await reindexes.restart(claimed, pipeline);
  await index.dropGenerations(reindex.target, [
    reindex.current.generation,
    ...(isWhole ? [reindex.target.generation] : []),
  ]);
  await index.create(reindex.target, { dimensions });
  return reindex;
}

async function copyAll(
  dependencies: ReindexDependencies,
  reindex: ClaimedReindex,
  staging: ReindexStaging,
  signal: AbortSignal,
): Promise<void> {
  let after: DocumentId | null = null;
  for (;;) {
    signal.throwIfAborted();
    await waitForSpace(dependencies, signal);
    const documents = await staging.listOutdated({ after, limit: batch });
    const last = documents.at(-1);
    if (last === undefined) return;
    const rebuilt = await rebuildDocuments(dependencies, reindex, documents, signal);
    await write(dependencies, reindex, staging, rebuilt);
    after = last.id;
  }
}

async function write(
  { index }: ReindexDependencies,
  reindex: ClaimedReindex,
  staging: ReindexStaging,
  documents: readonly RebuiltDocument[],
): Promise<void> {
  if (documents.length === 0) return;
  await staging.plan(documents.map(({ staged }) => staged.documentId));
  await index.upsert(
    reindex.target,
    documents.flatMap(({ chunks }) => chunks),
  );
  await index.drop(
    reindex.target,
    documents.map(({ staged }) => ({ documentId: staged.documentId, beforeVersion: staged.version })),
  );
  await staging.record(documents.map(({ staged }) => staged));
}

async function dropGone(
  { index }: ReindexDependencies,
  reindex: ClaimedReindex,
  staging: ReindexStaging,
): Promise<void> {
  for (;;) {
    const gone = await staging.listGone(500);
    if (gone.length === 0) return;
    await index.drop(
      reindex.target,
      gone.map((documentId) => ({ documentId, beforeVersion: everyVersion })),
    );
    await staging.forget(gone);
  }
}

/** After the swap: rows of documents that moved on at the last moment go, and documents' rows say what was built of them. */
async function tidyUp(
  { reindexes, index }: ReindexDependencies,
  reindex: ClaimedReindex,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const staged = await reindexes.listStaged(reindex, 500);
    if (staged.length === 0) return;
    const stale = staged.filter(({ isStale }) => isStale);
    if (stale.length > 0) {
      await index.drop(
        reindex.target,
        stale.map(({ documentId, version }) => ({ documentId, beforeVersion: version + 1 })),
      );
    }
    const applied = await reindexes.applyStaged(
      reindex,
      staged.map(({ documentId }) => documentId),
    );
    // A page that is being committed holds the rows.
    if (applied === 0) await delay(restMs, undefined, { signal });
  }
}

async function waitForSpace({ blobs, limits, logger }: ReindexDependencies, signal: AbortSignal): Promise<void> {
  for (let hasTold = false; ; hasTold = true) {
    const free = await blobs.freeBytes();
    if (free === null || free >= limits.minFreeBytes) return;
    if (!hasTold) logger.warn({ freeBytes: free }, 'the disk is nearly full; a rebuild of an index waits');
    await delay(diskPauseMs, undefined, { signal });
  }
}
