import pg from 'pg';
import type { Logger } from '../../core/shared/index.ts';
import { tryLock, unlock } from './shared-locks.ts';

/** What only one process of all may do, by name, for as long as it lives: never waited for. */
export class HeldClaims {
  readonly #connection: pg.ClientConfig;
  readonly #logger: Logger;
  #onLost: () => void = () => undefined;
  #client: Promise<pg.Client> | undefined;

  constructor(connection: pg.ClientConfig, logger: Logger) {
    this.#connection = connection;
    this.#logger = logger;
  }

  /** Called when the connection broke: every claim is free for others, and must be taken again. */
  onLost(listener: () => void): void {
    this.#onLost = listener;
  }

  /** Whether the name is this process's now. Not to be asked for a name it has. */
  async take(name: string): Promise<boolean> {
    return tryLock(await this.#connect(), name);
  }

  async release(name: string): Promise<void> {
    // A connection that could not be made holds nothing.
    const client = await this.#client?.catch(() => undefined);
    if (client !== undefined) await unlock(client, name);
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.end();
  }

  #connect(): Promise<pg.Client> {
    this.#client ??= this.#open();
    return this.#client;
  }

  async #open(): Promise<pg.Client> {
    const client = new pg.Client({ ...this.#connection, keepAlive: true });
    client.once('error', (error) => {
      // The end of a connection may be told more than once.
      client.on('error', () => undefined);
      this.#logger.warn({ err: error }, 'the connection that holds claims broke; they are taken again');
      this.#client = undefined;
      this.#onLost();
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      this.#client = undefined;
      throw error;
    }
  }
}
