import type { Readable } from 'node:stream';

/**
 * The port to files and raw records. Keys are `/`-separated, made of letters, digits, `-`, `_` and `.`.
 * Bytes are streamed; what was put is there after a crash of the process (and of the machine, with `isDurable`).
 */
export interface BlobStore {
  /** Writes whole or not at all; replaces. Compressed at rest. */
  put(key: string, content: Readable | Uint8Array, options?: { readonly isDurable?: boolean }): Promise<void>;
  /** @throws AppError('not_found') */
  get(key: string): Promise<Readable>;
  /** Does nothing when it is not there. */
  delete(key: string): Promise<void>;
  /** Deletes every key that begins with `prefix`, a whole path segment. */
  deletePrefix(prefix: string): Promise<void>;
  /** Keys that begin with `prefix`, a whole path segment, some at a time; what a crash left of a `put` is among them. */
  listKeys(prefix: string): AsyncIterable<readonly string[]>;
  /** Bytes free for more, or null when that cannot be known. */
  freeBytes(): Promise<number | null>;
}
