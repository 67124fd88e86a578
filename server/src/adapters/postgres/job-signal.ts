import { sql } from 'kysely';
import pg from 'pg';
import type { Logger } from '../../core/shared/index.ts';
import type { Queries } from './database.ts';

const channel = 'weft_jobs';

/** Wakes the workers of all processes when the transaction commits, and not at all when it does not. */
export async function notifyJobs(queries: Queries): Promise<void> {
  await sql`select pg_notify(${channel}, '')`.execute(queries);
}

const reconnectAfterMs = 1_000;

/**
 * Listens for jobs on a connection of its own, until closed. A lost connection is made anew, and then the workers are woken
 * once, since a signal may have been missed.
 */
export class JobListener {
  readonly #connection: pg.ClientConfig;
  readonly #onSignal: () => void;
  readonly #logger: Logger;
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(connection: pg.ClientConfig, onSignal: () => void, logger: Logger) {
    this.#connection = connection;
    this.#onSignal = onSignal;
    this.#logger = logger;
  }

  async start(): Promise<void> {
    const client = new pg.Client({ ...this.#connection, keepAlive: true });
    this.#client = client;
    client.on('notification', () => this.#onSignal());
    client.on('error', (error) => this.#reconnect(client, error));
    client.on('end', () => this.#reconnect(client));
    try {
      await client.connect();
      await client.query(`listen ${channel}`);
      this.#onSignal();
    } catch (error) {
      this.#reconnect(client, error);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#client?.end();
  }

  #reconnect(client: pg.Client, error?: unknown): void {
    if (this.#isClosed || client !== this.#client) return;
    this.#client = undefined;
    if (error !== undefined)
      this.#logger.warn({ err: error }, 'the connection that listens for jobs broke; connecting again');
    client.removeAllListeners();
    client.on('error', () => undefined);
    client.end().catch(() => undefined);
    this.#timer = setTimeout(() => {
      this.start().catch((failure: unknown) => this.#reconnect(client, failure));
    }, reconnectAfterMs);
  }
}
