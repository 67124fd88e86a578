import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../../core/shared/index.ts';
import { ModelFailure } from '../../model-providers/model-failure.ts';

export interface BatchLimits {
  readonly texts: number;
  /** UTF-16 code units of one request; a longer text goes alone. */
  readonly characters: number;
}

export interface BatchOptions {
  readonly limits: BatchLimits;
  /**
   * Asks the model once: for each text its vector, or what is wrong with it.
   * @throws ModelFailure; the signal's reason when it is aborted
   */
  readonly ask: (texts: readonly string[], signal: AbortSignal) => Promise<readonly (Float32Array | ModelFailure)[]>;
  /** Called before a wait that the provider asked for: others should wait as well. */
  readonly pause: (ms: number) => void;
  readonly describe: (failure: ModelFailure) => string;
  readonly signal: AbortSignal;
  /** How long a model may give nothing at all before this gives up. */
  readonly maxWaitMs: number;
  /** Of waits that the provider says nothing about; doubled with each, up to 15 s. */
  readonly firstWaitMs: number;
}

const longestWaitMs = 15_000;
/** Spreads what many workers do when all were told to wait as long. */
const jitter = 0.2;
/** After so many failures in a row, a word tells whether it is the model's fault or that of the texts. */
const triesBeforeProbe = 3;
/** When a caller that was given up on should come again, where the provider does not say. */
const laterMs = 60_000;

/** Nothing but a person changes these. */
const lasting: ReadonlySet<ModelFailure['kind']> = new Set(['wrong_key', 'unknown_model', 'out_of_credit']);
/** What one request asked for, or its answer lacked. */
const ofOneRequest: ReadonlySet<ModelFailure['kind']> = new Set(['refused', 'nonsense', 'too_large', 'unexpected']);

/**
 * Vectors of the texts, in order. What fails is tried again after a growing wait; what fails because of its texts is halved
 * until the one that is to blame stands alone: its place holds the Error.
 *
 * @throws AppError('unavailable') when the model does not even embed a word; with `retryAfterMs` where a wait may help
 */
export async function embedInBatches(
  texts: readonly string[],
  options: BatchOptions,
): Promise<readonly (Float32Array | Error)[]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  // Every batch that waits listens to it.
  setMaxListeners(0, signal);
  const run = new BatchRun({ ...options, signal });
  try {
    const done = await Promise.all(toBatches(texts, options.limits).map((batch) => run.embed(batch)));
    return done.flat();
  } catch (error) {
    options.signal.throwIfAborted();
    failed.abort(error);
    throw error;
  }
}

class BatchRun {
  readonly #options: BatchOptions;
  /** Since when nothing succeeded. */
  #silentSince: number | undefined;

  constructor(options: BatchOptions) {
    this.#options = options;
  }

  async embed(batch: readonly string[]): Promise<readonly (Float32Array | Error)[]> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#ask(batch);
      if (!(answer instanceof ModelFailure)) return await this.#repair(batch, answer);
      if (lasting.has(answer.kind)) throw this.#giveUp(answer);
      if (ofOneRequest.has(answer.kind)) return await this.#halve(batch, answer);
      const mayBeTheirs = answer.kind !== 'limit_reached' && tries % triesBeforeProbe === 0;
      if (mayBeTheirs && !((await this.#ask(['word'])) instanceof ModelFailure))
        return await this.#halve(batch, answer);
      await this.#wait(answer, tries);
    }
  }

  async #ask(batch: readonly string[]): Promise<readonly (Float32Array | ModelFailure)[] | ModelFailure> {
    try {
      const answer = await this.#options.ask(batch, this.#options.signal);
      if (answer.some((vector) => vector instanceof Float32Array)) this.#silentSince = undefined;
      return answer;
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (error instanceof ModelFailure) return error;
      throw error;
    }
  }

  /** Asks again for what came back broken. */
  async #repair(
    batch: readonly string[],
    answer: readonly (Float32Array | ModelFailure)[],
  ): Promise<readonly (Float32Array | Error)[]> {
    const outcomes: (Float32Array | Error)[] = [];
    for (const [place, text] of batch.entries()) {
      const vector = answer[place] ?? new ModelFailure('nonsense', 'answered with fewer vectors than texts');
      if (vector instanceof Float32Array) outcomes.push(vector);
      else outcomes.push(...(batch.length === 1 ? await this.#blame(vector) : await this.embed([text])));
    }
    return outcomes;
  }

  async #halve(batch: readonly string[], failure: ModelFailure): Promise<readonly (Float32Array | Error)[]> {
    if (batch.length === 1) return await this.#blame(failure);
    const middle = Math.ceil(batch.length / 2);
    return [...(await this.embed(batch.slice(0, middle))), ...(await this.embed(batch.slice(middle)))];
  }

  /** The text, unless a word fares no better. */
  async #blame(failure: ModelFailure): Promise<readonly [Error]> {
    const probe = await this.#ask(['word']);
    const first = probe instanceof ModelFailure ? probe : probe[0];
    if (first instanceof ModelFailure) throw this.#giveUp(first);
    return [new Error(this.#options.describe(failure), { cause: failure })];
  }

  async #wait(failure: ModelFailure, tries: number): Promise<void> {
    const { firstWaitMs, maxWaitMs, pause, signal } = this.#options;
    const now = Date.now();
    this.#silentSince ??= now;
    const ownMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1));
    const waitMs = Math.max(failure.retryAfterMs ?? 0, ownMs) * (1 + Math.random() * jitter);
    if (now + waitMs > this.#silentSince + maxWaitMs) throw this.#giveUp(failure, failure.retryAfterMs ?? laterMs);
    if (failure.kind === 'limit_reached') pause(waitMs);
    await delay(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  #giveUp(failure: ModelFailure, retryAfterMs?: number): AppError {
    const message = this.#options.describe(failure);
    return new AppError('unavailable', message, {
      cause: failure,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
}

function toBatches(texts: readonly string[], limits: BatchLimits): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let room = 0;
  for (const text of texts) {
    const last = batches.at(-1);
    if (last === undefined || text.length > room || last.length >= limits.texts) {
      batches.push([text]);
      room = limits.characters - text.length;
    } else {
      last.push(text);
      room -= text.length;
    }
  }
  return batches;
}
