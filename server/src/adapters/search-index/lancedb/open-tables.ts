import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Connection, Table } from '@lancedb/lancedb';
import type { FixedSizeList } from 'apache-arrow';
import { AppError } from '../../../core/shared/index.ts';
import { ensureFullTextIndex, inspectIndexes } from './index-build.ts';
import { runAlone, type TableLock } from './table-lock.ts';
import { tableSchema } from './table-schema.ts';
import { timeLimitsMs, withinTime } from './within-time.ts';

/** A table in use. Searches go to `table` at any time; writes and index builds go through `write`, one after the other. */
export interface OpenTable {
  readonly name: string;
  readonly table: Table;
  readonly dimensions: number;
  /** Whether searches by vector may be approximate; kept up to date by maintenance. */
  hasVectorIndex: boolean;
  /** @param limitMs counts from the moment the write is at the head of the queue and no other process writes */
  write<T>(what: string, limitMs: number, work: () => Promise<T>): Promise<T>;
}

interface Entry {
  /** Of the table's folder where other processes may replace it; else 0. */
  readonly folderId: number;
  /** Whether it was opened to make the table, not only to see whether it is there. */
  readonly makes: boolean;
  readonly opening: Promise<OpenTable | undefined>;
  users: number;
  onIdle: (() => void) | undefined;
}

/** Directories of tables that are being removed; swept at the next start when a crash leaves one. */
const removedPrefix = '.removed-';

/**
 * Tables by name, the most recently used kept open, at most `maxOpen` beside those in use. A table stays open until its last
 * user is done, even when it is dropped or pushed out meanwhile.
 */
export class OpenTables {
  readonly #connection: Connection;
  readonly #directory: string;
  readonly #maxOpen: number;
  readonly #onOpen: (name: string, unindexedRows: number) => void;
  readonly #lock: TableLock | undefined;
  /** In order of last use, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #dropping = new Map<string, Promise<void>>();
  readonly #indexing = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(options: {
    readonly connection: Connection;
    readonly directory: string;
    readonly maxOpen: number;
    /** Told of every table opened, with the rows that its full-text index does not hold yet. */
    readonly onOpen: (name: string, unindexedRows: number) => void;
    /** Where other processes use the directory too. */
    readonly lock?: TableLock | undefined;
  }) {
    this.#connection = options.connection;
    this.#directory = options.directory;
    this.#maxOpen = options.maxOpen;
    this.#onOpen = options.onOpen;
    this.#lock = options.lock;
  }

  /** Runs `work` on the table, or gives `missing` when there is none of that name. */
  async use<T>(name: string, missing: T, work: (table: OpenTable) => Promise<T>): Promise<T> {
    return this.#with(name, { makes: false, open: () => this.#open(name) }, missing, work);
  }

  /** Makes the table when it is not there; what a crash left of an attempt is written over. */
  async create(name: string, dimensions: number): Promise<void> {
    const dimensionsOf = async (table: OpenTable) => table.dimensions;
    const made =
      (await this.use(name, undefined, dimensionsOf)) ??
      (await this.#with(name, { makes: true, open: () => this.#create(name, dimensions) }, undefined, dimensionsOf));
    if (made === dimensions) return;
    throw new AppError('internal', `A search index of ${made} dimensions exists where ${dimensions} were asked for.`);
  }

  /** Removes every table whose name starts so but those of `keep`, each once its users are done. */
  async dropAll(prefix: string, keep: readonly string[] = []): Promise<void> {
    const suffix = '.lance';
    const files = await readdir(this.#directory);
    const tables = files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
    const names = tables.filter((name) => name.startsWith(prefix) && !keep.includes(name));
    await Promise.all(names.map((name) => this.#drop(name)));
  }

  /** Removes what an earlier process began to drop. */
  async sweep(): Promise<void> {
    const files = await readdir(this.#directory);
    const left = files.filter((file) => file.startsWith(removedPrefix));
    // Another process may be at the same.
    const options = { recursive: true, force: true, maxRetries: 3 };
    await Promise.all(left.map((file) => rm(path.join(this.#directory, file), options)));
  }

  /** Waits for the users of all tables, at most `limitMs`, and closes them. */
  async close(limitMs: number): Promise<void> {
    this.#isClosed = true;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map((entry) => idle(entry, limitMs)));
    for (const entry of entries) (await entry.opening.catch(() => undefined))?.table.close();
  }

  async #with<T>(
    name: string,
    { makes, open }: { readonly makes: boolean; readonly open: () => Promise<OpenTable | undefined> },
    missing: T,
    work: (table: OpenTable) => Promise<T>,
  ): Promise<T> {
    if (this.#isClosed) throw new AppError('unavailable', 'The search index is closed: the server is stopping.');
    await this.#dropping.get(name);
    const folderId = await this.#folderId(name);
    const known = this.#entries.get(name);
    // Who makes a table does not share the answer of one who only looked: that may be that there is none.
    const isShared = known !== undefined && known.folderId === folderId && (known.makes || !makes);
    const entry = isShared ? known : { folderId, makes, opening: open(), users: 0, onIdle: undefined };
    if (known !== undefined && known !== entry) closeWhenIdle(known);
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    entry.users += 1;
    try {
      const table = await entry.opening;
      return table === undefined ? missing : await work(table);
    } finally {
      entry.users -= 1;
      if (entry.users === 0) entry.onIdle?.();
      // A table that is not there, or could not be opened, is looked for again by the next who asks.
      const opened = await entry.opening.catch(() => undefined);
      if (opened === undefined && this.#entries.get(name) === entry) this.#entries.delete(name);
      await this.#closeOldest();
    }
  }

  async #open(name: string): Promise<OpenTable | undefined> {
    if (!(await this.#exists(name))) return undefined;
    return withinTime(timeLimitsMs.query, 'open', async () => this.#prepare(await this.#connection.openTable(name)));
  }

  async #create(name: string, dimensions: number): Promise<OpenTable> {
    const options = { mode: 'create', existOk: true } as const;
    const create = () => this.#connection.createEmptyTable(name, tableSchema(dimensions), options);
    return withinTime(timeLimitsMs.write, 'create', async () =>
      this.#prepare(await runAlone(this.#lock, name, create)),
    );
  }

  async #prepare(table: Table): Promise<OpenTable> {
    const schema = await table.schema();
    const vector = schema.fields.find((field) => field.name === 'vector')?.type as FixedSizeList | undefined;
    const inspected = await inspectIndexes(table);
    if (!inspected.hasFullTextIndex) await this.#index(table);
    const { hasVectorIndex, unindexedRows } = inspected.hasFullTextIndex ? inspected : await inspectIndexes(table);
    this.#onOpen(table.name, unindexedRows);
    const dimensions = vector?.listSize ?? 0;
    return {
      name: table.name,
      table,
      dimensions,
      // Another process may make one at any time: then searches always look whether the index gave all there is.
      hasVectorIndex: hasVectorIndex || this.#lock !== undefined,
      write: createWriteQueue(table.name, this.#lock),
    };
  }

  /** One after the other: who makes a table, and who found it before it was indexed, would be in each other's way. */
  async #index(table: Table): Promise<void> {
    const { name } = table;
    const earlier = this.#indexing.get(name);
    const indexing = (async () => {
      // Its failure is its own caller's; this one tries again.
      await earlier?.catch(() => undefined);
      await runAlone(this.#lock, name, () => ensureFullTextIndex(table));
    })();
    this.#indexing.set(name, indexing);
    try {
      await indexing;
    } finally {
      if (this.#indexing.get(name) === indexing) this.#indexing.delete(name);
    }
  }

  /** A crash in the middle of making a table leaves a directory without a manifest: no table yet. */
  async #exists(name: string): Promise<boolean> {
    const versions = path.join(this.#directory, `${name}.lance`, '_versions');
    // A missing directory is the ordinary answer for a collection that never had an index.
    const files = await readdir(versions).catch(() => []);
    return files.some((file) => file.endsWith('.manifest') && !file.startsWith('.'));
  }

  #drop(name: string): Promise<void> {
    const running = this.#dropping.get(name);
    if (running !== undefined) return running;
    const dropping = this.#dropNow(name).finally(() => this.#dropping.delete(name));
    this.#dropping.set(name, dropping);
    return dropping;
  }

  /** The rename is one step: a table is there or not, never half. */
  async #dropNow(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    this.#entries.delete(name);
    if (entry !== undefined) {
      await idle(entry, timeLimitsMs.query);
      (await entry.opening.catch(() => undefined))?.table.close();
    }
    const removed = path.join(this.#directory, `${removedPrefix}${randomUUID()}`);
    try {
      await rename(path.join(this.#directory, `${name}.lance`), removed);
    } catch (error) {
      // Another process removed it first.
      if (this.#lock !== undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    await rm(removed, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Changes when another process removed the table or made it anew; alone, nobody can. */
  async #folderId(name: string): Promise<number> {
    if (this.#lock === undefined) return 0;
    // No folder is no table, which the reader finds by itself.
    const found = await stat(path.join(this.#directory, `${name}.lance`)).catch(() => undefined);
    return found?.ino ?? 0;
  }

  async #closeOldest(): Promise<void> {
    for (const [name, entry] of this.#entries) {
      if (this.#entries.size <= this.#maxOpen) return;
      if (entry.users > 0) continue;
      this.#entries.delete(name);
      (await entry.opening.catch(() => undefined))?.table.close();
    }
  }
}

function idle(entry: Entry, limitMs: number): Promise<void> {
  if (entry.users === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    entry.onIdle = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** A table that is no longer there, once its users are done. */
function closeWhenIdle(entry: Entry): void {
  void idle(entry, timeLimitsMs.query)
    .then(() => entry.opening)
    .then((open) => open?.table.close())
    // What could not be opened need not be closed.
    .catch(() => undefined);
}

/** The engine gives up on index builds that meet a write ("retryable commit conflict"), so they take turns. */
function createWriteQueue(name: string, lock: TableLock | undefined): OpenTable['write'] {
  let last: Promise<unknown> = Promise.resolve();
  return (what, limitMs, work) => {
    const result = last.then(() => runAlone(lock, name, () => withinTime(limitMs, what, work)));
    // What failed has told its own caller; the next in the queue goes ahead.
    last = result.catch(() => undefined);
    return result;
  };
}
