import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@opensearch-project/opensearch';
import type { z } from 'zod';
import { isPassing, toClusterError } from './cluster-errors.ts';

/** How long a request may take, and how long it is tried again while the cluster says "not now". */
export const limitsMs = {
  read: { request: 30_000, retry: 10_000 },
  write: { request: 60_000, retry: 60_000 },
  /** Removes many rows at once. One that was under way when a node was lost may never be answered, and is asked again. */
  removal: { request: 30_000, retry: 120_000 },
} as const;

export interface ClusterRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Begins with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
  /** A body of JSON lines, each ended. */
  readonly lines?: string;
  /** Names the call in errors. */
  readonly what: string;
  readonly limits: { readonly request: number; readonly retry: number };
}

/** The cluster through its client, with answers checked and failures in our words. Every request may be sent twice. */
export class Cluster {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** @throws AppError('unavailable') when it is not answered in time */
  async request<T>(schema: z.ZodType<T>, request: ClusterRequest): Promise<T> {
    const answer = await this.#send(request, []);
    return schema.parse(answer.body);
  }

  /** The same where an answer with status 404 or 409 is one too, as undefined. */
  async find<T>(schema: z.ZodType<T>, request: ClusterRequest): Promise<T | undefined> {
    const answer = await this.#send(request, [404, 409]);
    return answer.statusCode === 404 || answer.statusCode === 409 ? undefined : schema.parse(answer.body);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #send(request: ClusterRequest, ignore: readonly number[]) {
    const { method, path, query, body, lines, what, limits } = request;
    const params = {
      ...{ method, path },
      ...(query === undefined ? {} : { querystring: { ...query } }),
      ...(body === undefined ? {} : { body }),
      ...(lines === undefined ? {} : { bulkBody: lines }),
    };
    // The client goes to the next node at once where one is gone; a cluster that is choosing a new leader takes longer.
    const until = Date.now() + limits.retry;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#client.transport.request(params, { requestTimeout: limits.request, ignore: [...ignore] });
      } catch (error) {
        const waitMs = backOffMs(attempt);
        if (!isPassing(error) || Date.now() + waitMs > until) throw toClusterError(error, what);
        await sleep(waitMs);
      }
    }
  }
}

/** From 50 ms, doubled up to 5 s, each between half and the whole of it, so that writers do not come back together. */
export function backOffMs(attempt: number): number {
  return Math.min(50 * 2 ** attempt, 5000) * (0.5 + Math.random() / 2);
}
