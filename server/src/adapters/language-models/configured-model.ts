import type { LanguageModel as SdkModel } from 'ai';
import type { ModelReport, TokenUsage } from '../../core/language-models/index.ts';
import { CircuitBreaker } from '../model-providers/circuit-breaker.ts';
import { isOfModel, ModelFailure } from '../model-providers/model-failure.ts';
import { toModelFailure } from '../model-providers/to-model-failure.ts';
import { describeModelFailure } from './describe-model-failure.ts';
import {
  type LanguageModelSettings,
  type ModelName,
  type ProviderSettings,
  toText,
} from './language-model-settings.ts';
import { callModel, type ModelInput, type ModelOutput } from './model-call.ts';
import { contextTokensOf, costOf, findPrice } from './model-prices.ts';
import { createSdkModel } from './provider-factories.ts';
import { addUsage, noUsage } from './spending.ts';

/** A wrong setting or an empty account does not mend itself in seconds. */
const settingOpensForMs = 60_000;

/** A caller that gives up after less says nothing about the model. */
const slowMs = 5_000;

/** One model of the configuration, shared by the chains that name it: its breaker, and what it did so far. */
export class ConfiguredModel {
  readonly name: ModelName;
  /** `<provider>:<model>`. */
  readonly label: string;
  readonly contextTokens: number;
  readonly breaker: CircuitBreaker;
  /** Learnt from the last object that was asked for. */
  refusesSchemas = false;
  readonly #settings: ProviderSettings;
  readonly #price: ReturnType<typeof findPrice>;
  #sdkModel: Promise<SdkModel> | undefined;
  #calls = 0;
  #failures = 0;
  #usage: TokenUsage = noUsage;
  #lastFailure: ModelFailure | undefined;

  constructor(name: ModelName, settings: LanguageModelSettings, breaker = new CircuitBreaker()) {
    this.name = name;
    this.label = toText(name);
    this.contextTokens = settings.contextTokens ?? contextTokensOf(name);
    this.breaker = breaker;
    this.#settings = settings.providers[name.provider] ?? {};
    this.#price = findPrice(name, settings.prices);
  }

  /**
   * Asks once.
   * @throws ModelFailure; the signal's reason when it is aborted
   */
  async call(input: ModelInput, timeoutMs: number, signal: AbortSignal): Promise<ModelOutput> {
    signal.throwIfAborted();
    const limited = limitTime(signal, timeoutMs);
    const passage = this.breaker.enter();
    const startedAt = performance.now();
    this.#calls += 1;
    try {
      this.#sdkModel ??= createSdkModel(this.name, this.#settings);
      const model = await this.#sdkModel;
      const output = await callModel(this.name.provider, model, input, limited.signal);
      passage('answered');
      this.#lastFailure = undefined;
      this.#usage = addUsage(this.#usage, output.usage);
      return output;
    } catch (error) {
      if (signal.aborted) {
        const isSlow = isTimeout(signal.reason) && performance.now() - startedAt >= slowMs;
        passage(isSlow ? 'failed' : 'abandoned');
        throw signal.reason;
      }
      const failure = limited.signal.aborted
        ? new ModelFailure('slow', `No answer within ${timeoutMs} ms.`, { cause: error })
        : toModelFailure(error);
      if (isOfModel(failure)) passage('failed', opensForMs(failure));
      else passage(failure.kind === 'refused' ? 'answered' : 'abandoned');
      this.noteFailure(failure);
      throw failure;
    } finally {
      limited.release();
    }
  }

  /** Also for answers that came but are of no use. */
  noteFailure(failure: ModelFailure): void {
    this.#failures += 1;
    this.#lastFailure = failure;
  }

  /** US dollars; null where the price is not known. */
  costOf(usage: TokenUsage): number | null {
    return this.#price === null ? null : costOf(usage, this.#price);
  }

  describe(failure: ModelFailure) {
    return describeModelFailure(failure, this.name, this.#settings);
  }

  report(): ModelReport {
    const { state, opensUntil } = this.breaker;
    return {
      name: this.label,
      contextTokens: this.contextTokens,
      price: this.#price === null ? null : { input: this.#price.input, output: this.#price.output },
      breaker: state,
      opensUntil,
      lastProblem: this.#lastFailure === undefined ? null : this.describe(this.#lastFailure),
      calls: this.#calls,
      failures: this.#failures,
      usage: this.#usage,
      cost: this.costOf(this.#usage),
    };
  }
}

/**
 * A signal that is aborted with the given one, or when the time is up. Rather than `AbortSignal.any` with a time-out, which
 * holds on to every call until its time is up, answered or not.
 */
function limitTime(signal: AbortSignal, timeoutMs: number): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  const follow = () => controller.abort(signal.reason);
  signal.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      signal.removeEventListener('abort', follow);
    },
  };
}

function opensForMs({ kind, retryAfterMs }: ModelFailure): number | undefined {
  if (retryAfterMs !== undefined) return retryAfterMs;
  return kind === 'wrong_key' || kind === 'unknown_model' || kind === 'out_of_credit' ? settingOpensForMs : undefined;
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}
