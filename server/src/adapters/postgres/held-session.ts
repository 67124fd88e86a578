import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../../core/shared/index.ts';

const retryEveryMs = 1_000;

export interface HeldSession {
  /** Undefined while the connection is broken. */
  readonly client: pg.Client | undefined;
  release(): Promise<void>;
}

export interface HeldSessionOptions {
  readonly logger: Logger;
  /** Takes the locks on a new connection; false when another has them. */
  readonly acquire: (client: pg.Client) => Promise<boolean>;
  /** Called when another process took them while the connection was broken. */
  readonly onLost: () => void;
}

/**
 * Locks of the kind that PostgreSQL lets go of when the session ends, so when this process dies, on a connection that is made
 * again when it breaks.
 *
 * @returns undefined when another process has them
 */
export async function holdSession(
  connection: pg.ClientConfig,
  options: HeldSessionOptions,
): Promise<HeldSession | undefined> {
  let isReleased = false;
  let current = await connectAndAcquire();
  if (current === undefined) return undefined;
  return {
    get client() {
      return current;
    },
    async release() {
      isReleased = true;
      await current?.end();
    },
  };

  async function connectAndAcquire(): Promise<pg.Client | undefined> {
    const client = new pg.Client({ ...connection, keepAlive: true });
    client.on('error', (error) => {
      if (isReleased || client !== current) return;
      options.logger.warn({ err: error }, 'a connection that holds locks broke; connecting again');
      current = undefined;
      void regain();
    });
    try {
      await client.connect();
      if (await options.acquire(client)) return client;
    } catch (error) {
      // The first error is the one that says why.
      await client.end().catch(() => undefined);
      throw error;
    }
    await client.end();
    return undefined;
  }

  async function regain(): Promise<void> {
    while (!isReleased) {
      try {
        current = await connectAndAcquire();
        if (current === undefined) options.onLost();
        return;
      } catch {
        // The database is not back yet; the break itself was logged.
        await delay(retryEveryMs);
      }
    }
  }
}
