import type { EmbeddingModel as SdkModel } from 'ai';
import type { ModelCheck } from '../../../core/language-models/index.ts';
import type { EmbeddingReport } from '../../../core/search/index.ts';
import type { Logger } from '../../../core/shared/index.ts';
import { CircuitBreaker } from '../../model-providers/circuit-breaker.ts';
import { isOfModel, ModelFailure } from '../../model-providers/model-failure.ts';
import { toText } from '../../model-providers/provider-settings.ts';
import { callEmbeddings, type EmbeddingRequest } from './call-embeddings.ts';
import { describeEmbeddingFailure } from './describe-embedding-failure.ts';
import { createSdkEmbeddingModel } from './embedding-factories.ts';
import type { RemoteEmbedding } from './remote-embedding.ts';

const checkTimeoutMs = 20_000;
/** A wrong setting or an empty account does not mend itself in seconds. */
const settingOpensForMs = 60_000;
const ofSettings: ReadonlySet<ModelFailure['kind']> = new Set(['wrong_key', 'unknown_model', 'out_of_credit']);

/** A remote model: what it is called, how it is asked, and how it did. */
export class RemoteModel {
  readonly embedding: RemoteEmbedding;
  /** `<provider>:<model>`. */
  readonly label: string;
  readonly breaker = new CircuitBreaker();
  readonly #logger: Logger;
  readonly #onLearnt: (dimensions: number) => void;
  #dimensions: number | undefined;
  #sdkModel: Promise<SdkModel> | undefined;
  #lastFailure: ModelFailure | undefined;
  /** Undefined: not known before the first answer. */
  #takesDimensions: boolean | undefined;

  /**
   * @param dimensions of its vectors; undefined: whatever it answers first
   * @param onLearnt called when a check finds that it has others
   */
  constructor(
    embedding: RemoteEmbedding,
    options: {
      readonly dimensions: number | undefined;
      readonly onLearnt: (dimensions: number) => void;
      readonly logger: Logger;
    },
  ) {
    this.embedding = embedding;
    this.label = toText(embedding.name);
    this.#dimensions = options.dimensions;
    this.#onLearnt = options.onLearnt;
    this.#logger = options.logger;
  }

  /** Provider, model and dimensions: vectors under one name can be compared. */
  get name(): string {
    return `${this.label}@${this.#dimensions ?? '?'}`;
  }

  get dimensions(): number | undefined {
    return this.#dimensions;
  }

  /**
   * Asks once.
   * @throws ModelFailure; the signal's reason when it is aborted
   */
  async ask(
    request: Omit<EmbeddingRequest, 'expected'>,
    signal: AbortSignal,
  ): Promise<readonly (Float32Array | ModelFailure)[]> {
    return await this.#ask({ ...request, expected: this.#dimensions }, signal);
  }

  /** As `ask`, but for a query: while the breaker is open it fails at once. */
  async askForQuery(text: string, timeoutMs: number): Promise<Float32Array> {
    if (!this.breaker.isPassable) {
      throw this.#lastFailure ?? new ModelFailure('overloaded', 'It failed lately and is passed over.');
    }
    const passage = this.breaker.enter();
    try {
      const request = { texts: [text], purpose: 'query' as const, timeoutMs };
      const [vector] = await this.ask(request, new AbortController().signal);
      if (!(vector instanceof Float32Array)) throw vector ?? new ModelFailure('nonsense', 'answered with no vector');
      passage('answered');
      return vector;
    } catch (error) {
      if (!(error instanceof ModelFailure)) {
        passage('abandoned');
        throw error;
      }
      passage(isOfModel(error) ? 'failed' : 'abandoned', opensForMs(error));
      throw error;
    }
  }

  /**
   * Embeds one word, and learns the dimensions where they were not chosen.
   * @throws the signal's reason when it is aborted
   */
  async check(signal: AbortSignal): Promise<ModelCheck> {
    const passage = this.breaker.enter();
    const startedAt = performance.now();
    const end = () => ({ name: this.label, latencyMs: Math.round(performance.now() - startedAt) });
    try {
      const expected = this.embedding.dimensions;
      const request: EmbeddingRequest = { texts: ['word'], purpose: 'query', expected, timeoutMs: checkTimeoutMs };
      const [vector] = await this.#ask(request, signal);
      if (!(vector instanceof Float32Array)) throw vector ?? new ModelFailure('nonsense', 'answered with no vector');
      passage('answered');
      this.#learn(vector.length);
      return { ...end(), problem: null };
    } catch (error) {
      if (!(error instanceof ModelFailure)) {
        passage('abandoned');
        throw error;
      }
      passage(isOfModel(error) ? 'failed' : 'abandoned', opensForMs(error));
      return { ...end(), problem: describeEmbeddingFailure(error, this.embedding) };
    }
  }

  report(): EmbeddingReport {
    return {
      name: this.name,
      dimensions: this.#dimensions ?? null,
      breaker: this.breaker.state,
      opensUntil: this.breaker.opensUntil,
      lastProblem: this.#lastFailure === undefined ? null : describeEmbeddingFailure(this.#lastFailure, this.embedding),
    };
  }

  async #ask(request: EmbeddingRequest, signal: AbortSignal): Promise<readonly (Float32Array | ModelFailure)[]> {
    try {
      this.#sdkModel ??= createSdkEmbeddingModel(this.embedding);
      const vectors = await this.#callWithDimensions(await this.#sdkModel, request, signal);
      const broken = vectors.find((vector) => vector instanceof ModelFailure);
      if (broken === undefined) this.#note(undefined);
      else if (vectors.length === 1) this.#note(broken);
      return vectors;
    } catch (error) {
      if (error instanceof ModelFailure) this.#note(error);
      throw error;
    }
  }

  /** A model of one size may refuse to be asked for it, even where it is its own. */
  async #callWithDimensions(
    model: SdkModel,
    request: EmbeddingRequest,
    signal: AbortSignal,
  ): Promise<readonly (Float32Array | ModelFailure)[]> {
    const silent = { ...this.embedding, dimensions: undefined };
    if (this.#takesDimensions === false) return await callEmbeddings(silent, model, request, signal);
    try {
      const vectors = await callEmbeddings(this.embedding, model, request, signal);
      this.#takesDimensions = true;
      return vectors;
    } catch (error) {
      const mayBeThem = this.embedding.dimensions !== undefined && this.#takesDimensions === undefined;
      if (!mayBeThem || !(error instanceof ModelFailure) || error.kind !== 'refused') throw error;
      const vectors = await callEmbeddings(silent, model, request, signal);
      if (!vectors.every((vector) => vector instanceof Float32Array)) throw error;
      this.#takesDimensions = false;
      return vectors;
    }
  }

  #learn(dimensions: number): void {
    if (this.#dimensions === dimensions) return;
    const before = this.#dimensions;
    this.#dimensions = dimensions;
    if (before === undefined) this.#logger.info({ model: this.label, dimensions }, 'the embedding model answers');
    else this.#logger.warn({ model: this.label, before, dimensions }, 'the embedding model has other dimensions now');
    this.#onLearnt(dimensions);
  }

  /** Tells the log when it begins to fail, and when that is over. */
  #note(failure: ModelFailure | undefined): void {
    const before = this.#lastFailure;
    this.#lastFailure = failure;
    if (failure === undefined) {
      if (before !== undefined) this.#logger.info({ model: this.label }, 'the embedding model answers again');
    } else if (before?.kind !== failure.kind) {
      const { message, fix, detail } = describeEmbeddingFailure(failure, this.embedding);
      this.#logger.warn({ model: this.label, fix, detail }, message);
    }
  }
}

function opensForMs({ kind, retryAfterMs }: ModelFailure): number | undefined {
  return retryAfterMs ?? (ofSettings.has(kind) ? settingOpensForMs : undefined);
}
