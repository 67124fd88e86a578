const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Between two attempts: with the first one at once, eight attempts over 28 hours. */
const delaysMs = [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour];
export const maxAttempts = delaysMs.length + 1;

/** Each delay is up to so much shorter or longer, so that what failed together does not come back together. */
const jitter = 0.1;

/** A receiver may ask for more patience than the plan has, but for no more than its longest step. */
const maxRetryAfterMs = 10 * hour;

/** While a receiver has asked for a pause, it gets nothing at all; but no longer than this. */
export const maxPauseMs = hour;

/**
 * How long to wait before the next attempt.
 *
 * @param failedAttempts from 1, the one that just failed included
 * @param random a number in [0, 1)
 * @param retryAfterMs what the receiver asked for
 * @returns milliseconds; null: there is no further attempt
 */
export function nextDelayMs(failedAttempts: number, random: number, retryAfterMs = 0): number | null {
  const planned = delaysMs[failedAttempts - 1];
  if (planned === undefined) return null;
  const spread = planned * (1 - jitter + 2 * jitter * random);
  return Math.round(Math.max(spread, Math.min(retryAfterMs, maxRetryAfterMs)));
}

/**
 * Reads the header `Retry-After`: seconds or a date.
 *
 * @returns milliseconds from now; undefined when it is absent, in the past or nonsense
 * @see RFC 9110, 10.2.3
 */
export function parseRetryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * second : Date.parse(text) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
