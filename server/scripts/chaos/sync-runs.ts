import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../api-client.ts';
import type { ChaosServer } from './chaos-server.ts';

interface Job {
  readonly id: string;
  readonly status: string;
  readonly error: string | null;
}

const endPatienceMs = 60_000;
const ended = ['completed', 'failed', 'cancelled'];

/** Begins the runs of one connection and waits for their ends, whatever becomes of the server meanwhile. */
export class SyncRuns {
  readonly connectionId: string;
  readonly #server: ChaosServer;
  #newest: Job | undefined;

  constructor(server: ChaosServer, connectionId: string) {
    this.#server = server;
    this.connectionId = connectionId;
  }

  /** Begins a run of everything. */
  async start(): Promise<void> {
    this.#newest = await this.#server.persist((api) =>
      api.post<Job>(`/source-connections/${this.connectionId}/run?force_full_sync=true`),
    );
  }

  async cancel(api: ApiClient): Promise<void> {
    await api.post(`/source-connections/${this.connectionId}/jobs/${this.#newest?.id}/cancel`);
  }

  /** @returns how the newest run ended; undefined when it had not after 60 s */
  async waitForEnd(): Promise<string | undefined> {
    for (const until = Date.now() + endPatienceMs; ; await delay(30)) {
      const jobs = await this.#server.persist((api) =>
        api.get<readonly Job[]>(`/source-connections/${this.connectionId}/jobs?limit=1`),
      );
      this.#newest = jobs[0];
      if (this.#newest !== undefined && ended.includes(this.#newest.status)) return this.#newest.status;
      if (Date.now() > until) return undefined;
    }
  }

  /** How often the newest run was taken up again. */
  async countResumptions(): Promise<number> {
    const [job] = await this.#server.query<{ attempts: number }>('select attempts from sync_jobs where id = $1', [
      this.#newest?.id,
    ]);
    return Math.max(0, (job?.attempts ?? 0) - 1);
  }

  describe(): string {
    return `${this.#newest?.status} ${this.#newest?.error ?? ''}`;
  }
}
