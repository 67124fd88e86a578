import type { Readable } from 'node:stream';

/** A private copy of one file's content on the local disk, which nobody changes while it is hashed, parsed and stored. */
export interface SpooledContent {
  /** Absolute path. */
  readonly path: string;
  readonly sizeBytes: number;
  /** The whole content where it is small, up to 64 KB. */
  readonly bytes?: Uint8Array;
  /** SHA-256, hex. */
  readonly sha256: string;
  open(): Readable;
  remove(): Promise<void>;
}

/** The port to short-lived local files. What a crash leaves behind is removed at the next start. */
export interface ContentSpool {
  /** @throws ContentTooLargeError as soon as more than `maxBytes` were read */
  spool(
    content: Readable,
    options: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<SpooledContent>;
}

export class ContentTooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`larger than ${formatBytes(maxBytes)}, the limit for one file (MAX_FILE_BYTES)`);
    this.name = 'ContentTooLargeError';
  }
}

/** Bytes for a person, as in `1.5 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}
