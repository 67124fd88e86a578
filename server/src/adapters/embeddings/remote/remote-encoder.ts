import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddingModel, Encoder } from '../../../core/search/index.ts';
import { AppError, type Logger, toMessage } from '../../../core/shared/index.ts';
import { ModelFailure } from '../../model-providers/model-failure.ts';
import { describeEmbeddingFailure } from './describe-embedding-failure.ts';
import { DimensionsFile } from './dimensions-file.ts';
import { type BatchLimits, embedInBatches } from './embed-in-batches.ts';
import { knownDimensionsOf } from './known-dimensions.ts';
import { RecentVectors } from './recent-vectors.ts';
import type { RemoteEmbedding } from './remote-embedding.ts';
import { RemoteModel } from './remote-model.ts';
import { RequestLane } from './request-lane.ts';

export interface RemoteEncoderOptions {
  readonly embedding: RemoteEmbedding;
  /** Where the dimensions of models are remembered. */
  readonly dimensionsFile: string;
  readonly logger: Logger;
  /** A search does not wait longer; default 3 s. */
  readonly queryTimeoutMs?: number;
  /** Of one request for documents; default 60 s, of a model on own machines 120 s. */
  readonly documentTimeoutMs?: number;
  /** How long documents wait for a model that gives nothing; default 60 s. */
  readonly maxWaitMs?: number;
  /** Default 1 s. */
  readonly firstWaitMs?: number;
  /** How long a start waits for a model whose dimensions are not known; default 5 s. */
  readonly startTimeoutMs?: number;
  /** How often such a model is asked until it answers; default 15 s. */
  readonly askAgainMs?: number;
}

/** Requests for documents at once. */
const parallelRequests = 4;
/** Providers read 8,192 tokens and more; passages have a few hundred. */
const maxTokens = 8_192;

/**
 * A model of a provider. A start does not fail over it: where its dimensions are not known, from the settings, from its name
 * or from an earlier start, it is asked, and asked again until it answers. Until then the encoder has 0 dimensions.
 *
 * @throws the signal's reason when it is aborted
 */
export async function createRemoteEncoder(
  options: RemoteEncoderOptions,
  signal: AbortSignal,
): Promise<{ readonly encoder: Encoder; readonly model: EmbeddingModel }> {
  const { embedding, logger, queryTimeoutMs = 3_000, maxWaitMs = 60_000, firstWaitMs = 1_000 } = options;
  const file = new DimensionsFile(options.dimensionsFile);
  const key = [`${embedding.name.provider}:${embedding.name.model}`, embedding.settings.baseUrl].join(' ').trim();
  const recent = new RecentVectors();
  let writing = Promise.resolve();
  const model = new RemoteModel(embedding, {
    dimensions: embedding.dimensions ?? knownDimensionsOf(embedding) ?? (await file.find(key)),
    onLearnt(dimensions) {
      recent.clear();
      const write = () => file.write(key, dimensions);
      writing = writing.then(write).catch((error: unknown) => {
        logger.warn({ reason: toMessage(error) }, 'the dimensions of the embedding model could not be remembered');
      });
    },
    logger,
  });
  const closed = new AbortController();
  // So that the log of a start says what is wrong with the settings.
  const firstCheck = check(model, logger, closed.signal);
  const checking = firstCheck.then(() => checkUntilKnown(model, options, closed.signal));
  if (model.dimensions === undefined) {
    // The check itself goes on.
    await Promise.race([
      firstCheck,
      delay(options.startTimeoutMs ?? 5_000, undefined, { signal }).catch(() => undefined),
    ]);
    signal.throwIfAborted();
  }

  const lane = new RequestLane(parallelRequests);
  const isOwn = embedding.name.provider === 'ollama' || embedding.name.provider === 'compatible';
  const timeoutMs = options.documentTimeoutMs ?? (isOwn ? 120_000 : 60_000);
  const encoder: Encoder = {
    get name() {
      return model.name;
    },
    get dimensions() {
      return model.dimensions ?? 0;
    },
    maxTokens,
    async embedQuery(text) {
      const before = recent.get(text);
      if (before !== undefined) return before;
      try {
        const vector = await model.askForQuery(text, queryTimeoutMs);
        recent.set(text, vector);
        return vector;
      } catch (error) {
        if (!(error instanceof ModelFailure)) throw error;
        const { message, fix } = describeEmbeddingFailure(error, embedding);
        throw new AppError('unavailable', `${message} ${fix}`, { cause: error });
      }
    },
    embedDocuments: (texts, { signal: asked, urgent = false }) =>
      embedInBatches(texts, {
        ask: (batch, batchSignal) =>
          lane.run(() => model.ask({ texts: batch, purpose: 'document', timeoutMs }, batchSignal), {
            signal: batchSignal,
            urgent,
          }),
        pause: (ms) => lane.pauseFor(ms),
        describe(failure) {
          const { message, fix } = describeEmbeddingFailure(failure, embedding);
          return `${message} ${fix}`;
        },
        limits: limitsOf(embedding),
        signal: AbortSignal.any([asked, closed.signal]),
        ...{ maxWaitMs, firstWaitMs },
      }),
    async close() {
      closed.abort(new AppError('unavailable', 'The server is stopping.'));
      await checking;
      await writing;
    },
  };
  return { encoder, model };
}

async function checkUntilKnown(
  model: RemoteModel,
  { logger, askAgainMs = 15_000 }: RemoteEncoderOptions,
  signal: AbortSignal,
): Promise<void> {
  while (model.dimensions === undefined && !signal.aborted) {
    await delay(askAgainMs, undefined, { signal, ref: false }).catch(() => undefined); // ends early at the close
    await check(model, logger, signal);
  }
}

async function check(model: RemoteModel, logger: Logger, signal: AbortSignal): Promise<void> {
  try {
    await model.check(signal);
  } catch (error) {
    if (!signal.aborted) logger.error({ err: error }, 'the embedding model could not be checked');
  }
}

/** Of one request. Local servers compute one text after the other, and Amazon's models take one at a time. */
function limitsOf({ name }: RemoteEmbedding): BatchLimits {
  const isSmall = name.provider === 'ollama' || name.provider === 'compatible';
  const isOneByOne = name.provider === 'bedrock' && !name.model.includes('cohere.embed-');
  return { texts: isOneByOne ? 8 : isSmall ? 32 : 64, characters: isSmall ? 64_000 : 128_000 };
}
