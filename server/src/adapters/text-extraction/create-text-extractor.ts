import { fileURLToPath } from 'node:url';
import type { Logger } from '../../core/shared/index.ts';
import { ExtractError, type Extracted, type ExtractInput, type TextExtractor } from '../../core/sync/text-extractor.ts';
import { ChildError, isChildError } from '../child-process/child-error.ts';
import { ChildPool } from '../child-process/child-pool.ts';
import type { ExtractRequest, ExtractResponse } from './extract-message.ts';
import type { ExtractLimits } from './extract-text.ts';
import { isTextFormat, textFormats } from './text-format.ts';

export interface TextExtractorOptions {
  readonly logger: Logger;
  /** Most child processes at once. */
  readonly children: number;
  /** Names of `textFormats` that are not read. */
  readonly disabledFormats: readonly string[];
  /** Folder with the encoder's `tokenizer.json` and `tokenizer_config.json`. */
  readonly tokenizerPath: string;
  /** Text kept of one document; default 20 MB. */
  readonly maxTextBytes?: number;
  /** The encoder's window; default 256 word pieces. */
  readonly maxTokens?: number;
  /** For one document; default 60 s. */
  readonly timeoutMs?: number;
  /** For one child process; default 1 GB. */
  readonly maxMemoryMb?: number;
  /** A child without work is ended after so long; default 60 s. */
  readonly idleTimeoutMs?: number;
}

/** Raised with every change to parsing, cleaning or chunking that changes passages. */
const pipelineVersion = 1;
const overlapTokens = 30;
/** Parsers may read files and start the threads of character recognition, and nothing else: no writing, no processes. */
const permissions = ['--permission', '--allow-fs-read=*', '--allow-worker'];

/**
 * Parses and cuts documents in child processes of low priority which may be killed: what hangs, crashes or takes too much
 * memory costs the one document. A child that died while it had a document is replaced and the document tried once
 * more, since the death may not have been its fault.
 *
 * @throws AppError never; a plain Error for names in `disabledFormats` that are no formats
 */
export function createTextExtractor(options: TextExtractorOptions): TextExtractor {
  const { logger, disabledFormats, maxTextBytes = 20 * 1024 * 1024, maxTokens = 256, maxMemoryMb = 1024 } = options;
  const unknown = disabledFormats.filter((name) => !isTextFormat(name));
  if (unknown.length > 0)
    throw new Error(`no such formats: ${unknown.join(', ')}; known are ${textFormats.join(', ')}`);
  const limits: ExtractLimits = { disabledFormats, maxTextBytes, maxTokens, overlapTokens };
  const pool = new ChildPool<ExtractRequest, ExtractResponse>({
    modulePath: fileURLToPath(new URL('./extract-child.ts', import.meta.url)),
    argv: [options.tokenizerPath, JSON.stringify(limits)],
    execArgv: permissions,
    size: options.children,
    maxMemoryMb,
    timeoutMs: options.timeoutMs ?? 60_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
    logger,
  });
  let isClosed = false;

  async function ask(
    input: ExtractInput,
    request: { signal: AbortSignal; urgent?: boolean },
  ): Promise<ExtractResponse> {
    try {
      return await pool.run(input, request);
    } catch (error) {
      if (isClosed || !(isChildError(error, 'died') || isChildError(error, 'out_of_memory'))) throw error;
      logger.warn({ code: error.code }, 'a parser process ended while it read a document; trying once more');
      return await pool.run(input, request);
    }
  }

  return {
    version: ['text', pipelineVersion, maxTokens, maxTextBytes, ...[...disabledFormats].sort()].join('-'),
    async extract(input, request): Promise<Extracted> {
      const response = await ask(input, request).catch((error: unknown) => {
        throw isClosed ? error : toExtractError(error, maxMemoryMb);
      });
      if (response.isOk) return response.extracted;
      logger.debug({ code: response.code, cause: response.cause }, 'a document cannot be read');
      throw new ExtractError(response.code, response.message);
    },
    async close() {
      isClosed = true;
      await pool.close();
    },
  };
}

function toExtractError(error: unknown, maxMemoryMb: number): unknown {
  if (!(error instanceof ChildError)) return error;
  switch (error.code) {
    case 'timed_out':
      return new ExtractError('timed_out', 'Reading the file took too long; splitting it may help.', { cause: error });
    case 'out_of_memory':
      return new ExtractError(
        'out_of_memory',
        `Reading the file takes over ${maxMemoryMb} MB of memory; splitting it may help.`,
        { cause: error },
      );
    case 'died':
      return new ExtractError('malformed', 'Reading the file ends its parser, twice in a row; it may be damaged.', {
        cause: error,
      });
    default:
      return error;
  }
}
