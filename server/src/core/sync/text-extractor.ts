/** What is to be turned into passages. */
export type ExtractInput =
  | {
      readonly kind: 'file';
      /** Absolute path of a local copy that does not change while it is read. */
      readonly path: string;
      /** Name with extension, as the source has it. */
      readonly name: string;
      readonly mimeType?: string;
    }
  | { readonly kind: 'markdown'; readonly text: string; readonly name: string };

/** A piece of a document that fits the encoder's window together with its name and headings. */
export interface Passage {
  /** Markdown, as shown to a reader. */
  readonly text: string;
  /** Headings above it, outermost first; never the document's name. */
  readonly headings: readonly string[];
}

export interface Extracted {
  /** A title found inside (HTML title, document properties); absent when there is none. */
  readonly title?: string;
  /** In reading order; empty when the document has no text. */
  readonly passages: readonly Passage[];
  /** True when the text was cut at the size limit. */
  readonly isTruncated: boolean;
  /** Of text that the document has and no reader sees, and that is in no passage; absent: none. */
  readonly hiddenCharacters?: number;
}

/**
 * The port to parsing and chunking. Runs in child processes with limits of time and memory: one bad file costs only itself.
 */
export interface TextExtractor {
  /** Changes when passages change for the same input: part of the entity hash. */
  readonly version: string;
  /**
   * @throws ExtractError when this input cannot be read (`reason` is for a person); other errors mean that extraction itself is broken
   */
  extract(
    input: ExtractInput,
    options: { readonly signal: AbortSignal; readonly urgent?: boolean },
  ): Promise<Extracted>;
  close(): Promise<void>;
}

export const extractErrorCodes = [
  'unsupported',
  'encrypted',
  'malformed',
  'too_large',
  'timed_out',
  'out_of_memory',
] as const;
export type ExtractErrorCode = (typeof extractErrorCodes)[number];

/** This one document cannot be turned into text. */
export class ExtractError extends Error {
  readonly code: ExtractErrorCode;

  constructor(code: ExtractErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ExtractError';
    this.code = code;
  }
}
