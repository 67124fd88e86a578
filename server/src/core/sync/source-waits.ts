import { setTimeout as delay } from 'node:timers/promises';
import { SourceError } from '../../connector-kit/index.ts';
import { isNetworkErrorCode } from './network-errors.ts';
import type { RunProgress } from './run-progress.ts';

/** A source that asks for more time than this gets its lane back: the job is parked, and another may run. */
const longestWaitMs = 30_000;
/** How often in a row a source may be asked again without giving anything, before the run fails. */
const maxTries = { rate_limited: 6, unavailable: 4 } as const;
const firstDelayMs = { rate_limited: 1_000, unavailable: 500 } as const;
/** Spreads what many connections of one source do when all were told to wait as long. */
const jitter = 0.2;

/** The run is to go on later, from its last committed page, and holds no worker until then. */
export class RunParkedError extends Error {
  readonly resumeAt: Date;

  constructor(reason: string, resumeAt: Date) {
    super(reason);
    this.name = 'RunParkedError';
    this.resumeAt = resumeAt;
  }
}

interface WaitOptions {
  /** Says why the run stands still, for as long as it does. */
  readonly progress: RunProgress;
  readonly signal: AbortSignal;
}

/**
 * Runs a step that asks the source, and again after a pause where the source is at its limit or out of order.
 *
 * @throws RunParkedError when the source asks for a long pause; the step's error when waiting does not help; the abort's reason
 */
export async function withSourceWaits<T>(step: () => Promise<T>, options: WaitOptions): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await step();
    } catch (error) {
      await waitForSource(error, { ...options, tries });
    }
  }
}

/**
 * Waits out an error of a source, as long as the source says or, growing, as we think.
 *
 * @param options.tries how often in a row this was so without anything new
 * @throws as `withSourceWaits`
 */
export async function waitForSource(error: unknown, options: WaitOptions & { readonly tries: number }): Promise<void> {
  const { progress, signal, tries } = options;
  signal.throwIfAborted();
  const kind = waitKindOf(error);
  if (kind === undefined || !(error instanceof SourceError)) throw error;
  const askedMs = error.retryAfterMs ?? 0;
  const reason =
    kind === 'rate_limited' ? 'The source is at its limit' : `The source does not answer (${error.message})`;
  if (askedMs > longestWaitMs) {
    progress.retries += 1;
    const resumeAt = new Date(Date.now() + spread(askedMs));
    throw new RunParkedError(`${reason} and asks to wait; the sync goes on by itself.`, resumeAt);
  }
  if (tries >= maxTries[kind]) throw error;
  progress.retries += 1;
  const delayMs = spread(Math.max(askedMs, Math.min(longestWaitMs, firstDelayMs[kind] * 2 ** tries)));
  progress.waitingFor = `${reason}; asking again in ${Math.ceil(delayMs / 1_000)} s.`;
  try {
    await delay(delayMs, undefined, { signal });
  } finally {
    progress.waitingFor = null;
  }
}

/** Never sooner than asked. */
function spread(ms: number): number {
  return ms * (1 + Math.random() * jitter);
}

/** Undefined: asking again would not change the answer. */
function waitKindOf(error: unknown): keyof typeof maxTries | undefined {
  if (!(error instanceof SourceError)) return undefined;
  if (error.kind === 'rate_limited') return 'rate_limited';
  if (error.kind !== 'source') return undefined;
  const isServersFault = error.status !== undefined && (error.status >= 500 || error.status === 408);
  return isServersFault || isNetworkError(error.cause) ? 'unavailable' : undefined;
}

function isNetworkError(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return isNetworkErrorCode((cause as Error & { readonly code?: unknown }).code) || isNetworkError(cause.cause);
}
