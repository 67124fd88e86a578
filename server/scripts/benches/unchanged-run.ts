import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../api-client.ts';
import { startThrowAwayServer } from '../throw-away-server.ts';
import type { Bench } from './bench.ts';

const entities = 50_000;
/** The design's budget: a million entities in three minutes. */
const budgetPerSecond = 1_000_000 / 180;

/** A second run over a source in which nothing changed. */
export const unchangedRun: Bench = {
  name: 'unchanged-run',
  async run() {
    const server = await startThrowAwayServer({ EMBEDDING_PROVIDER: 'none', ENABLE_INTERNAL_SOURCES: 'true' });
    try {
      const api = new ApiClient(server.url);
      await api.post('/collections', { name: 'Unchanged', readable_id: 'unchanged' });
      const { id } = await api.post<{ id: string }>('/source-connections', {
        short_name: 'stub',
        readable_collection_id: 'unchanged',
        config: {
          entity_count: entities,
          small_entity_weight: 1,
          ...{
            medium_entity_weight: 0,
            large_entity_weight: 0,
            small_file_weight: 0,
            large_file_weight: 0,
            code_file_weight: 0,
          },
        },
      });
      await waitForEnd(api, id);
      const began = performance.now();
      await api.post(`/source-connections/${id}/run`);
      const { entities_inserted, entities_updated } = await waitForEnd(api, id);
      if (entities_inserted + entities_updated > 0) throw new Error('the unchanged source changed');
      return [
        {
          name: 'unchanged second run',
          value: (entities * 1_000) / (performance.now() - began),
          unit: 'entities per second',
          budget: { kind: 'least', value: Math.round(budgetPerSecond) },
        },
      ];
    } finally {
      await server.stop();
    }
  },
};

interface Job {
  readonly status: string;
  readonly error: string | null;
  readonly entities_inserted: number;
  readonly entities_updated: number;
}

async function waitForEnd(api: ApiClient, id: string): Promise<Job> {
  for (;;) {
    const [job] = await api.get<Job[]>(`/source-connections/${id}/jobs?limit=1`);
    if (job?.status === 'completed') return job;
    if (job?.status === 'failed') throw new Error(`the job failed: ${job.error}`);
    await delay(100);
  }
}
