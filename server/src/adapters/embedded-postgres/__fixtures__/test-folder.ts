import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { silentLogger } from '../../../core/shared/index.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded-postgres.ts';
import { Writer, type WriterOptions } from './writer.ts';

/** A folder for each test, and what the test starts on it, ended after the test. */
export class TestFolder {
  #parent = '';
  #made = '';
  readonly #started: EmbeddedPostgres[] = [];
  readonly #writers: Writer[] = [];

  /** Exists; holds everything else. */
  get parent(): string {
    return this.#parent;
  }

  /** Where PostgreSQL is to live; does not exist at first. */
  get directory(): string {
    return path.join(this.#parent, 'postgres');
  }

  get cluster(): string {
    return path.join(this.directory, 'cluster');
  }

  /** Call it at the top of a `describe`. */
  static use(): TestFolder {
    const folder = new TestFolder();
    beforeAll(() => folder.#makeCluster());
    afterAll(() => rm(folder.#made, { recursive: true, force: true }));
    beforeEach(async () => {
      folder.#parent = await mkdtemp(path.join(os.tmpdir(), 'weft-pg-'));
    });
    afterEach(() => folder.#clear());
    return folder;
  }

  /** Puts a cluster there as a first start leaves it, in less time. */
  copyMadeCluster(directory = this.directory): Promise<void> {
    return cp(this.#made, directory, { recursive: true });
  }

  async start(directory = this.directory): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({ directory, logger: silentLogger });
    this.#started.push(postgres);
    return postgres;
  }

  startWriter(options: WriterOptions = {}): Writer {
    const writer = new Writer(this.directory, options);
    this.#writers.push(writer);
    return writer;
  }

  /** Starts a script with its folder's parent on a file system of its own, of that size. For root on Linux. */
  async startOnSmallDisk(size: string, script?: string): Promise<Writer> {
    await mkdir(this.directory);
    const mount = `mount -t tmpfs -o size=${size},mode=0700 tmpfs '${this.#parent}' && exec "$@"`;
    const command = ['unshare', '--mount', 'sh', '-c', mount, 'sh', process.execPath];
    return this.startWriter({ command, ...(script === undefined ? {} : { script }) });
  }

  async #makeCluster(): Promise<void> {
    this.#made = await mkdtemp(path.join(os.tmpdir(), 'weft-pg-made-'));
    await (await startEmbeddedPostgres({ directory: this.#made, logger: silentLogger })).stop();
  }

  async #clear(): Promise<void> {
    for (const writer of this.#writers.splice(0)) {
      writer.child.kill('SIGKILL');
      await writer.ended;
    }
    for (const postgres of this.#started.splice(0)) await postgres.stop();
    // A killed writer's PostgreSQL may still be shutting down in there.
    await rm(this.#parent, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** Runs the statements on a connection of their own. @returns the rows of the last */
export async function query(
  postgres: EmbeddedPostgres,
  ...statements: readonly string[]
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(postgres.connection);
  await client.connect();
  try {
    let rows: readonly Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}
