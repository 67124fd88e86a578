import { AppError, type Logger, toMessage } from '../../../core/shared/index.ts';

/** What the child gives for one text: its vector, or why there is none. */
export type EncodedText = Float32Array | { readonly error: string };

/** Sends texts to a child, whose answer has one entry per text. */
export type RunBatch = (texts: readonly string[]) => Promise<readonly EncodedText[]>;

/** Characters of one request: about a quarter of a second's work, after which an urgent one may go first. */
const batchCharacters = 16_000;
const batchTexts = 64;

/**
 * Vectors of the texts, in order. A batch that gets no answer is tried again, then item by item, so that a text which breaks
 * the model costs only itself: its place holds the Error.
 *
 * @throws AppError('unavailable') when not even an ordinary word is encoded
 */
export async function encodeDocuments(
  texts: readonly string[],
  options: { readonly runBatch: RunBatch; readonly signal: AbortSignal; readonly logger: Logger },
): Promise<readonly (Float32Array | Error)[]> {
  const { runBatch, signal, logger } = options;
  const attempt = async (batch: readonly string[]): Promise<readonly EncodedText[] | Error> => {
    signal.throwIfAborted();
    try {
      return await runBatch(batch);
    } catch (error) {
      if (signal.aborted) throw error;
      logger.warn({ err: error, texts: batch.length }, 'encoding failed, trying again');
      return error instanceof Error ? error : new Error(toMessage(error));
    }
  };
  const alone = async (text: string): Promise<Float32Array | Error> => {
    const answer = await attempt([text]);
    if (answer instanceof Error) {
      const probe = await attempt(['word']);
      if (probe instanceof Error) {
        throw new AppError(
          'unavailable',
          'The embedding model does not answer; its process was restarted without success.',
          {
            cause: probe,
          },
        );
      }
      return answer;
    }
    return toOutcome(answer[0]);
  };

  const outcomes: (Float32Array | Error)[] = [];
  for (const batch of toBatches(texts)) {
    const first = await attempt(batch);
    const answer = first instanceof Error ? await attempt(batch) : first;
    for (const [i, text] of batch.entries()) {
      const encoded = answer instanceof Error ? undefined : answer[i];
      outcomes.push(encoded instanceof Float32Array ? encoded : await alone(text));
    }
  }
  return outcomes;
}

function toOutcome(encoded: EncodedText | undefined): Float32Array | Error {
  if (encoded instanceof Float32Array) return encoded;
  return new Error(encoded?.error ?? 'The embedding model gave no vector.');
}

function toBatches(texts: readonly string[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let room = 0;
  for (const text of texts) {
    const last = batches.at(-1);
    if (last === undefined || text.length > room || last.length >= batchTexts) {
      batches.push([text]);
      room = batchCharacters - text.length;
    } else {
      last.push(text);
      room -= text.length;
    }
  }
  return batches;
}
