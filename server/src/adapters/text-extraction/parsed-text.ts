import type { TextFormat } from './text-format.ts';

/** What a parser makes of a file. */
export interface ParsedText {
  readonly title?: string;
  readonly markdown: string;
  /** True when the parser stopped before the end of the file. */
  readonly isTruncated?: boolean;
  /** Of text that the file has and its reader does not see; default 0. */
  readonly hiddenCharacters?: number;
}

export interface ParseInput {
  readonly bytes: Buffer;
  readonly name: string;
  /** 0 for a file itself, 1 for what is attached to it, and so on. */
  readonly depth: number;
  readonly isEnabled: (format: TextFormat) => boolean;
  /** Parses a file inside this one. */
  readonly parseInner: (file: {
    readonly bytes: Buffer;
    readonly name: string;
    readonly mimeType?: string;
  }) => Promise<ParsedText>;
}
