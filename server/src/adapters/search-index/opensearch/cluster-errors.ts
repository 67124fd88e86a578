import { errors } from '@opensearch-project/opensearch';
import { AppError, isAppError } from '../../../core/shared/index.ts';

/** Statuses that say "not now": too many requests, and parts of the cluster that are on their way to another node. */
const passing: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

export function isPassingStatus(status: number): boolean {
  return passing.has(status);
}

/** Whether the same request may succeed in a moment. */
export function isPassing(error: unknown): boolean {
  if (error instanceof errors.ResponseError) return isPassingStatus(error.statusCode ?? 0) && !isFull(error);
  return (
    error instanceof errors.ConnectionError ||
    error instanceof errors.NoLivingConnectionsError ||
    error instanceof errors.TimeoutError
  );
}

/** The cluster forbids writes when its disks are nearly full. */
function isFull(error: unknown): boolean {
  return error instanceof errors.ResponseError && isFullReason(JSON.stringify(error.body ?? ''));
}

export function isFullReason(reason: string): boolean {
  return reason.includes('flood-stage watermark') || reason.includes('read-only / allow delete');
}

/** @param what names the call, as in `The search cluster failed (query)` */
export function toClusterError(error: unknown, what: string): AppError {
  if (isAppError(error)) return error;
  if (error instanceof errors.ResponseError) return fromAnswer(error, what);
  if (error instanceof errors.TimeoutError) {
    return unavailable(`did not answer in time (${what}). Try again; if it stays so, look at its health.`, error);
  }
  if (error instanceof errors.ConnectionError || error instanceof errors.NoLivingConnectionsError) {
    return unavailable(`cannot be reached (${what}). Check that it runs and that SEARCH_URL names it.`, error);
  }
  return unavailable(`failed (${what}). Try again; if it stays so, the server's log says why.`, error);
}

function fromAnswer(error: InstanceType<typeof errors.ResponseError>, what: string): AppError {
  const status = error.statusCode ?? 0;
  // Its own message may quote a document or a query, which belong in no log.
  const cause = new Error(`status ${status}: ${typeOf(error)}`);
  if (isFull(error)) return diskFull(cause);
  if (status === 401 || status === 403) {
    return unavailable(`refused the user or password of SEARCH_URL (${what}, status ${status}).`, cause);
  }
  if (isPassingStatus(status)) return unavailable(`is overloaded or recovering (${what}, status ${status}).`, cause);
  return new AppError('internal', `The search cluster refused a request (${what}, ${cause.message}).`, { cause });
}

export function unavailable(what: string, cause?: unknown): AppError {
  return new AppError('unavailable', `The search cluster ${what}`, cause === undefined ? {} : { cause });
}

export function diskFull(cause?: unknown): AppError {
  return new AppError(
    'unavailable',
    'The disks of the search cluster are full. Free some space; what was waiting is then taken up again.',
    { ...(cause === undefined ? {} : { cause }), details: { reason: 'disk_full' } },
  );
}

/** The kind of a failure without its text, which may quote a document. */
function typeOf(error: InstanceType<typeof errors.ResponseError>): string {
  const type: unknown = error.body?.error?.type;
  return typeof type === 'string' ? type : 'unknown';
}
