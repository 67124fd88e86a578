import { truncate } from './display-width.ts';

/** Where a command writes, and what that place can show. */
export interface Terminal {
  /** The answer itself: what a pipe or a file should get. A line feed is added. */
  result(text: string): void;
  /** Everything around it: progress, hints, errors. A line feed is added. */
  note(text: string): void;
  /** Draws over the last such line, on a terminal only; empty text clears it. */
  redraw(text: string): void;
  /** Somebody looks at the answer as it comes. */
  readonly isResultTerminal: boolean;
  /** Somebody looks at notes as they come. */
  readonly isNoteTerminal: boolean;
  /** Width of the terminal; absent when the answer goes to a pipe or a file. */
  readonly columns: number | undefined;
}

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** @param result standard output  @param notes standard error */
export function createTerminal(result: Stream, notes: Stream): Terminal {
  const isNoteTerminal = notes.isTTY === true;
  return {
    result: (text) => void result.write(`${text}\n`),
    note: (text) => void notes.write(`${text}\n`),
    redraw: (text) => {
      // A line that wraps could not be drawn over.
      if (isNoteTerminal) notes.write(`\r\u001b[2K${truncate(text, (notes.columns ?? 80) - 1)}`);
    },
    isResultTerminal: result.isTTY === true,
    isNoteTerminal,
    columns: result.isTTY === true ? Math.max(40, result.columns ?? 80) : undefined,
  };
}
