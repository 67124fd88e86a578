import type { Logger } from '../../../core/shared/index.ts';

/** Full text scans what is not indexed: 30 ms for 1,000 rows on two cores. */
const rowsBeforeRun = 1000;
/** Each write leaves a small file and a version. */
const writesBeforeRun = 64;
/** A table that was written to and is quiet for so long is tidied too, however little was written. */
const quietMs = 30_000;
const tickMs = 5000;
/** A run that took a second is followed by at least four without, so that writes keep most of the time. */
const restFactor = 4;

interface Backlog {
  rows: number;
  writes: number;
  lastWriteAt: number;
  notBefore: number;
  isQueued: boolean;
}

/** One index build at a time in the whole process, whatever the number of indexes in it. */
let turn: Promise<unknown> = Promise.resolve();

/** Decides when a table's indexes are brought up to its rows: by rows and writes since the last time, or when it is quiet. */
export class IndexMaintenance {
  readonly #run: (name: string) => Promise<void>;
  readonly #logger: Logger;
  readonly #backlogs = new Map<string, Backlog>();
  readonly #ticker: NodeJS.Timeout;
  #isClosed = false;

  /** @param run does the work for one table, behind its writes; failures are logged and tried again with the next writes */
  constructor(options: { readonly run: (name: string) => Promise<void>; readonly logger: Logger }) {
    this.#run = options.run;
    this.#logger = options.logger;
    this.#ticker = setInterval(() => this.#tick(), tickMs);
    this.#ticker.unref();
  }

  noteWrite(name: string, rows: number): void {
    const backlog = this.#backlogOf(name);
    backlog.rows += rows;
    backlog.writes += 1;
    backlog.lastWriteAt = Date.now();
    if (backlog.rows >= rowsBeforeRun || backlog.writes >= writesBeforeRun) this.#enqueueWhenRested(name, backlog);
  }

  /** Rows found unindexed when a table was opened. */
  noteUnindexed(name: string, rows: number): void {
    if (rows > 0) this.noteWrite(name, rows);
  }

  /** Has the table seen to now, and resolves when that is done, well or not. */
  async runNow(name: string): Promise<void> {
    await this.#enqueue(name, this.#backlogOf(name));
  }

  forget(prefix: string): void {
    for (const name of this.#backlogs.keys()) if (name.startsWith(prefix)) this.#backlogs.delete(name);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#ticker);
    this.#backlogs.clear();
  }

  #backlogOf(name: string): Backlog {
    const known = this.#backlogs.get(name);
    if (known !== undefined) return known;
    const backlog = { rows: 0, writes: 0, lastWriteAt: 0, notBefore: 0, isQueued: false };
    this.#backlogs.set(name, backlog);
    return backlog;
  }

  #tick(): void {
    const now = Date.now();
    for (const [name, backlog] of this.#backlogs) {
      const isDue = backlog.rows >= rowsBeforeRun || backlog.writes >= writesBeforeRun;
      const isQuiet = now - backlog.lastWriteAt >= quietMs;
      if (backlog.writes > 0 && (isDue || isQuiet)) this.#enqueueWhenRested(name, backlog);
      else if (backlog.writes === 0 && !backlog.isQueued && now > backlog.notBefore) this.#backlogs.delete(name);
    }
  }

  #enqueueWhenRested(name: string, backlog: Backlog): void {
    if (!backlog.isQueued && Date.now() >= backlog.notBefore) void this.#enqueue(name, backlog);
  }

  #enqueue(name: string, backlog: Backlog): Promise<void> {
    backlog.isQueued = true;
    const result = turn.then(() => this.#runOne(name, backlog));
    turn = result;
    return result;
  }

  async #runOne(name: string, backlog: Backlog): Promise<void> {
    if (this.#isClosed) return;
    const { rows } = backlog;
    backlog.rows = 0;
    backlog.writes = 0;
    const startedAt = Date.now();
    try {
      await this.#run(name);
      this.#logger.debug({ table: name, rows, durationMs: Date.now() - startedAt }, 'search index brought up to date');
    } catch (err) {
      if (this.#isClosed) return;
      // Nobody waits for this work and searches are right without it; the next writes ask for it again.
      this.#logger.error({ err, table: name, rows }, 'search index could not be brought up to date');
    }
    const endedAt = Date.now();
    backlog.notBefore = endedAt + restFactor * (endedAt - startedAt);
    backlog.isQueued = false;
  }
}
