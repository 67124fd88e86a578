/** A schema change that a database has had. */
export interface AppliedMigration {
  readonly name: string;
  /** SHA-256 of its file, in hex. */
  readonly checksum: string;
}

export interface SequenceValue {
  readonly name: string;
  /** The last value given out; decimal, since it may exceed what a number holds. */
  readonly value: string;
}

/** A whole database as of one moment, whatever is written to it meanwhile. */
export interface DatabaseSnapshot {
  /** In the order of their names. */
  readonly migrations: readonly AppliedMigration[];
  readonly tables: readonly string[];
  /** About what the rows weigh as they are stored, indexes included. */
  readonly sizeBytes: number;
  /** The rows of a table, each as one line of JSON, in batches of about a megabyte. One table at a time. */
  readRows(table: string): AsyncIterable<readonly string[]>;
  /** Keys of the blobs that the rows name, in batches. */
  readBlobKeys(): AsyncIterable<readonly string[]>;
  readSequences(): Promise<readonly SequenceValue[]>;
  close(): Promise<void>;
}
