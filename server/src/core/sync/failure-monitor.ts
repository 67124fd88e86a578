import { SourceError } from '../../connector-kit/index.ts';
import { ContentTooLargeError } from './content-spool.ts';
import { ExtractError } from './text-extractor.ts';

/** Thirty in a row, or over half of at least a thousand, and it is not the items that are wrong. */
const maxInARow = 30;
const minSeenForShare = 1_000;

/** Ends a run in which the source or we fail again and again; failures that lie in the items never do. */
export class FailureMonitor {
  #seen = 0;
  #blamed = 0;
  #inARow = 0;

  succeeded(count: number): void {
    this.#seen += count;
    if (count > 0) this.#inARow = 0;
  }

  /** @throws SourceError('source') when it is one too many */
  failed(error: unknown): void {
    this.#seen += 1;
    if (isItemsFault(error)) {
      this.#inARow = 0;
      return;
    }
    this.#blamed += 1;
    this.#inARow += 1;
    const reason = error instanceof Error ? error.message : String(error);
    if (this.#inARow >= maxInARow) {
      throw new SourceError('source', `Stopped after ${maxInARow} failures in a row. The last one: ${reason}`, {
        cause: error,
      });
    }
    if (this.#seen >= minSeenForShare && this.#blamed * 2 > this.#seen) {
      throw new SourceError(
        'source',
        `Stopped because ${this.#blamed} of ${this.#seen} documents failed. The last one: ${reason}`,
        { cause: error },
      );
    }
  }
}

function isItemsFault(error: unknown): boolean {
  return (
    error instanceof ExtractError ||
    error instanceof ContentTooLargeError ||
    (error instanceof SourceError && error.kind === 'entity')
  );
}
