import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../api-client.ts';
import type { ChaosServer } from './chaos-server.ts';
import { listBlobs } from './compare-blobs.ts';
import type { Damage } from './damage.ts';

const collection = 'brief';
const patienceMs = 90_000;

/** Connections that are made to be deleted while they sync; nothing of them may stay. */
export class BriefConnections {
  readonly #server: ChaosServer;
  readonly #folder: string;
  #open: string | undefined;
  readonly #deleted = new Set<string>();

  constructor(server: ChaosServer, folder: string) {
    this.#server = server;
    this.#folder = folder;
  }

  async createCollection(): Promise<void> {
    await this.#server.persist((api) => api.post('/collections', { name: 'Brief', readable_id: collection }));
  }

  /** Connects the folder once more and begins to read it. */
  async open(): Promise<void> {
    if (this.#open !== undefined) return;
    const { id } = await this.#server.persist((api) =>
      api.post<{ id: string }>('/source-connections', {
        short_name: 'files',
        readable_collection_id: collection,
        config: { path: this.#folder },
      }),
    );
    this.#open = id;
  }

  async delete(api: ApiClient): Promise<void> {
    if (this.#open === undefined) return;
    await api.delete(`/source-connections/${this.#open}`);
    this.#deleted.add(this.#open);
    this.#open = undefined;
  }

  /** Deletes what is left over, should the request have met a server that was down. */
  async close(): Promise<void> {
    if (this.#open === undefined) return;
    // Deleted already, when only the answer was lost.
    await this.#server
      .persist(
        (api) => this.delete(api),
        (error) => String(error).includes('answered 404'),
      )
      .catch(() => {
        if (this.#open !== undefined) this.#deleted.add(this.#open);
        this.#open = undefined;
      });
  }

  /** Waits until nothing is left of them; what is left for longer is noted. */
  async expectGone(damage: Damage): Promise<void> {
    for (const until = Date.now() + patienceMs; ; await delay(1_000)) {
      const left = await this.#findLeftovers();
      if (left.length === 0) return;
      if (Date.now() < until) continue;
      for (const what of left) damage.note('stuck', what);
      return;
    }
  }

  async #findLeftovers(): Promise<readonly string[]> {
    const ids = [...this.#deleted];
    await this.#server.ensureRunning();
    const rows = await this.#server.query<{ id: string }>(
      `select id from source_connections where id = any($1::uuid[])
       union all select id from documents where source_connection_id = any($1::uuid[])`,
      [ids],
    );
    const left = rows.map(({ id }) => `row ${id} of a deleted connection`);
    for (const id of ids) {
      const blobs = await listBlobs(`${this.#server.dataDirectory}/blobs`, id);
      left.push(...blobs.map((blob) => `${blob} of a deleted connection`));
    }
    return left;
  }
}
