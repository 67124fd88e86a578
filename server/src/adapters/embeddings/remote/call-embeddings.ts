import type { EmbeddingModel as SdkModel } from 'ai';
import { ModelFailure } from '../../model-providers/model-failure.ts';
import { toModelFailure } from '../../model-providers/to-model-failure.ts';
import { optionsFor } from './provider-options.ts';
import type { EmbeddingPurpose, RemoteEmbedding } from './remote-embedding.ts';
import { toUnitVector } from './to-unit-vector.ts';

export interface EmbeddingRequest {
  readonly texts: readonly string[];
  readonly purpose: EmbeddingPurpose;
  /** Of the vectors; undefined: any, as long as all have the same. */
  readonly expected: number | undefined;
  readonly timeoutMs: number;
}

/** Far above any passage, and below what models read: what is longer would be cut off there, or refused. */
const maxCharacters = 24_000;
/** Of a provider that takes one text at a time. */
const maxParallelCalls = 4;

/**
 * Asks a model once, without retries. The SDK is loaded with the first call.
 *
 * @returns for each text its vector, or what is wrong with it
 * @throws ModelFailure; the signal's reason when it is aborted
 */
export async function callEmbeddings(
  embedding: RemoteEmbedding,
  model: SdkModel,
  { texts, purpose, expected, timeoutMs }: EmbeddingRequest,
  signal: AbortSignal,
): Promise<readonly (Float32Array | ModelFailure)[]> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const { embedMany } = await import('ai');
    // The SDK writes warnings to the console.
    globalThis.AI_SDK_LOG_WARNINGS = false;
    const { embeddings } = await embedMany({
      model,
      values: texts.map((text) => text.slice(0, maxCharacters).toWellFormed()),
      ...optionsFor(embedding, purpose),
      maxRetries: 0,
      maxParallelCalls,
      abortSignal: AbortSignal.any([signal, timeout]),
      telemetry: { isEnabled: false },
    });
    const dimensions = expected ?? embeddings[0]?.length;
    return embeddings.map((values) => toUnitVector(values, dimensions));
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw new ModelFailure('slow', 'No answer in time.', { cause: error });
    throw toEmbeddingFailure(error);
  }
}

function toEmbeddingFailure(error: unknown): ModelFailure {
  const name = error instanceof Error ? error.name : '';
  if (name === 'AI_InvalidResponseDataError') {
    return new ModelFailure('nonsense', 'answered with fewer or more vectors than texts', { cause: error });
  }
  // Of the SDK itself: dimensions, for one, that the model is known not to have.
  if (name === 'AI_InvalidArgumentError' && error instanceof Error) {
    return new ModelFailure('refused', 'A setting is refused.', { cause: error, said: error.message });
  }
  return toModelFailure(error);
}
