import { isAppError, toMessage } from '../shared/index.ts';
import { LeaseLostError } from '../sync/index.ts';
import type { ClaimedReindex } from './reindex-store.ts';
import { type ReindexDependencies, runReindex } from './run-reindex.ts';

/** An attempt that broke off is tried again after a while, so often. */
const maxFailures = 5;
const retryAfterMs = 10_000;
/** Searches that began with the old generation are long over then. */
const graceMs = 60_000;

export interface RunNextOptions {
  /** Names this worker in leases; unique among all that run. */
  readonly owner: string;
  readonly signal: AbortSignal;
  /** How long a silent worker keeps its rebuild. Default 30 s. */
  readonly leaseMs?: number;
  /** How often the lease is renewed and a cancellation noticed. Default 2 s. */
  readonly renewEveryMs?: number;
}

/**
 * Takes up one rebuild, should one wait, and runs it to its end. To be called again and again, never twice at once in a
 * process: rebuilds give way to syncs.
 *
 * @returns whether there was one
 */
export async function runNextReindex(dependencies: ReindexDependencies, options: RunNextOptions): Promise<boolean> {
  const { leaseMs = 30_000, renewEveryMs = 2_000 } = options;
  const { reindexes } = dependencies;
  const reindex = await reindexes.claim({ owner: options.owner, leaseMs });
  if (reindex === undefined) return false;
  const logger = dependencies.logger.child({ reindexId: reindex.id, collectionId: reindex.collectionId });
  const lost = new AbortController();
  const signal = AbortSignal.any([options.signal, lost.signal]);
  let pending = Promise.resolve();
  const timer = setInterval(() => {
    pending = pending
      .then(() => reindexes.renewLease(reindex, leaseMs))
      .catch((error: unknown) => {
        if (error instanceof LeaseLostError) lost.abort(error);
        else logger.warn({ reason: toMessage(error) }, 'a lease could not be renewed; trying again');
      });
  }, renewEveryMs);
  const began = performance.now();
  logger.info({ generation: reindex.target.generation }, 'rebuilding an index');
  try {
    await runReindex({ ...dependencies, logger }, reindex, signal);
    logger.info({ durationMs: Math.round(performance.now() - began) }, 'index rebuilt');
  } catch (error) {
    clearInterval(timer);
    await pending;
    if (options.signal.aborted) await reindexes.release(reindex, { delayMs: 0, error: null });
    else if (lost.signal.aborted || error instanceof LeaseLostError) logger.info({}, 'a rebuild was taken away');
    else await giveUp(dependencies, reindex, error);
  } finally {
    clearInterval(timer);
    await pending;
  }
  return true;
}

async function giveUp(
  { reindexes, logger }: ReindexDependencies,
  reindex: ClaimedReindex,
  error: unknown,
): Promise<void> {
  if (isAppError(error, 'unavailable') && error.retryAfterMs !== undefined) {
    // The embedding model is down or at its limit: that is no failure of the attempt, which goes on when it is back.
    logger.warn({ reindexId: reindex.id, reason: error.message }, 'a rebuild of an index waits');
    await reindexes.release(reindex, { delayMs: error.retryAfterMs, error: null });
    return;
  }
  const isLast = reindex.failures + 1 >= maxFailures;
  logger[isLast ? 'error' : 'warn']({ err: error, reindexId: reindex.id }, 'a rebuild of an index broke off');
  if (isLast && !reindex.isSwapped) await reindexes.fail(reindex, toMessage(error));
  else await reindexes.release(reindex, { delayMs: retryAfterMs * (reindex.failures + 1), error: toMessage(error) });
}

/** Removes the generations that ended rebuilds left and nobody reads any more. */
export async function sweepReindexes(
  { reindexes, index }: Pick<ReindexDependencies, 'reindexes' | 'index'>,
  options: { readonly now: Date; readonly signal: AbortSignal; readonly graceMs?: number },
): Promise<void> {
  const before = new Date(options.now.getTime() - (options.graceMs ?? graceMs));
  for (const { id, index: ref, keep } of await reindexes.listUnswept(before)) {
    options.signal.throwIfAborted();
    await index.dropGenerations(ref, keep);
    await reindexes.markSwept(ref.scope, id);
  }
}
