import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, isAppError, toMessage } from '../../../core/shared/index.ts';

/** How long a caller waits for each kind of call. The engine cannot be interrupted: what is given up may still finish. */
export const timeLimitsMs = {
  query: 30_000,
  write: 120_000,
  /** Index builds over a large table; a write that comes meanwhile waits for them. */
  maintenance: 10 * 60_000,
} as const;

/**
 * The outcome of a call to the engine, at most `limitMs` from now.
 *
 * @param what names the call in messages, as in `The search index did not answer: query`
 * @throws AppError('unavailable') when the time is over, when the disk is full, and when the engine fails
 */
export async function withinTime<T>(limitMs: number, what: string, call: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  const expiry = sleep(limitMs, undefined, { signal: done.signal, ref: false }).then(() => {
    throw new AppError(
      'unavailable',
      `The search index did not answer within ${limitMs / 1000} s (${what}). Try again; if it stays so, restart the server.`,
    );
  });
  const running = call();
  try {
    return await Promise.race([running, expiry]);
  } catch (error) {
    // The loser of the race may still fail; that failure has nobody left to tell.
    running.catch(() => undefined);
    throw isAppError(error) ? error : toUnavailable(error, what);
  } finally {
    expiry.catch(() => undefined);
    done.abort();
  }
}

function toUnavailable(error: unknown, what: string): AppError {
  if (/no space left|os error 28|disk quota/i.test(toMessage(error))) {
    return new AppError(
      'unavailable',
      'The disk that holds the search index is full. Free some space; what was waiting is then taken up again.',
      { cause: error, details: { reason: 'disk_full' } },
    );
  }
  return new AppError(
    'unavailable',
    `The search index failed (${what}). Try again; if it stays so, the server's log says why.`,
    {
      cause: error,
    },
  );
}
