import { fileURLToPath } from 'node:url';
import type { Encoder } from '../../../core/search/encoder.ts';
import { AppError, type Logger } from '../../../core/shared/index.ts';
import { ChildPool } from '../../child-process/child-pool.ts';
import { type EncodedText, encodeDocuments } from './encode-documents.ts';
import { bundledModel, loadTextModel } from './text-model.ts';

export interface LocalEncoderOptions {
  /** With `tokenizer.json` and `onnx/model_quantized.onnx`. */
  readonly modelDirectory: string;
  readonly logger: Logger;
  /** Processes that encode documents; default 1. */
  readonly documentChildren?: number;
  /** Threads of each of them; default 2. */
  readonly documentThreads?: number;
  /** Resident memory at which such a process is ended; default 600 MB. It needs 170. */
  readonly maxChildMemoryMb?: number;
  /** For one batch of documents; default 120 s: it takes 0.3, but waits for whatever is more urgent. */
  readonly batchTimeoutMs?: number;
  /** A process without work for so long is ended, to be started again with the next document; default 60 s. */
  readonly childIdleMs?: number;
}

/** One thread for a query: two are no faster for a dozen words, and several queries at once share the processors. */
const queryThreads = 1;

/**
 * The bundled model: queries in this process, where it is loaded at once; documents in a child process of low priority.
 *
 * @throws AppError('internal') when the model cannot be loaded
 */
export async function createLocalEncoder(options: LocalEncoderOptions): Promise<Encoder> {
  const { modelDirectory, logger } = options;
  const queryModel = await loadTextModel(modelDirectory, queryThreads).catch((error: unknown) => {
    throw new AppError('internal', `The embedding model in ${modelDirectory} cannot be loaded. Is the copy complete?`, {
      cause: error,
    });
  });
  // The first inference takes several times as long as those after it.
  await queryModel.encode('warm');

  const pool = new ChildPool<readonly string[], readonly EncodedText[]>({
    modulePath: fileURLToPath(new URL('document-child.ts', import.meta.url)),
    argv: [modelDirectory, String(options.documentThreads ?? 2)],
    size: options.documentChildren ?? 1,
    maxMemoryMb: options.maxChildMemoryMb ?? 600,
    timeoutMs: options.batchTimeoutMs ?? 120_000,
    priority: 19,
    idleTimeoutMs: options.childIdleMs ?? 60_000,
    logger,
  });
  let closing: Promise<void> | undefined;
  return {
    ...bundledModel,
    embedQuery: (text) => queryModel.encode(text),
    embedDocuments: (texts, { signal, urgent }) =>
      encodeDocuments(texts, {
        runBatch: (batch) => pool.run(batch, { signal, ...(urgent === undefined ? {} : { urgent }) }),
        signal,
        logger,
      }),
    close: () => {
      closing ??= Promise.all([pool.close(), queryModel.close()]).then(() => undefined);
      return closing;
    },
  };
}
