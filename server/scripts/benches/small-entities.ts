import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../api-client.ts';

/** What one made-up source gives at most. */
const maxPerConnection = 100_000;

interface Job {
  readonly status: string;
  readonly error: string | null;
  readonly entities_inserted: number;
  readonly entities_updated: number;
}

/** Connects made-up sources of small entities to a collection of their own, which begin to sync at once. @returns their ids */
export async function connectSmallEntities(
  api: ApiClient,
  collection: string,
  options: { readonly entities: number; readonly connections?: number },
): Promise<readonly string[]> {
  await api.post('/collections', { name: collection, readable_id: collection });
  const count = options.connections ?? Math.ceil(options.entities / maxPerConnection);
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const { id } = await api.post<{ id: string }>('/source-connections', {
      short_name: 'stub',
      readable_collection_id: collection,
      config: {
        entity_count: Math.round(options.entities / count),
        seed: number + 1,
        small_entity_weight: 1,
        medium_entity_weight: 0,
        large_entity_weight: 0,
        small_file_weight: 0,
        large_file_weight: 0,
        code_file_weight: 0,
      },
    });
    ids.push(id);
  }
  return ids;
}

/** @returns the newest job of each connection @throws Error when one did not complete */
export function waitForEnds(api: ApiClient, connections: readonly string[]): Promise<readonly Job[]> {
  return Promise.all(connections.map((id) => waitForEnd(api, id)));
}

async function waitForEnd(api: ApiClient, id: string): Promise<Job> {
  for (;;) {
    const [job] = await api.get<Job[]>(`/source-connections/${id}/jobs?limit=1`);
    if (job?.status === 'completed') return job;
    if (job?.status === 'failed' || job?.status === 'cancelled') throw new Error(`a job ${job.status}: ${job.error}`);
    await delay(200);
  }
}
