import type { Readable } from 'node:stream';
import type { Logger } from '../../core/shared/index.ts';

const maxLines = 20;
const maxLineLength = 2_000;

/** Passes on what a program writes line by line, and keeps the end of it for an error message. */
export class LogTail {
  readonly #lines: string[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @returns when the stream has ended */
  async read(stream: Readable): Promise<void> {
    let rest = '';
    stream.setEncoding('utf8');
    for await (const piece of stream) {
      const lines = (rest + piece).split('\n');
      rest = (lines.pop() ?? '').slice(0, maxLineLength);
      for (const line of lines) this.#add(line.slice(0, maxLineLength).trimEnd());
    }
    if (rest !== '') this.#add(rest);
  }

  /** The last lines, at most 20. */
  get text(): string {
    return this.#lines.join('\n');
  }

  #add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > maxLines) this.#lines.shift();
    this.#logger.debug({ line }, 'PostgreSQL says');
  }
}
