import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../api-client.ts';
import { startThrowAwayServer } from '../throw-away-server.ts';
import { type Bench, quantile } from './bench.ts';

const runs = 40;

interface Job {
  readonly status: string;
  readonly created_at: string;
  readonly started_at: string | null;
}

/** From the commit of a job to the moment a worker has it, by the database's clock; and small jobs from end to end. */
export const queueLatency: Bench = {
  name: 'queue-latency',
  async run() {
    const server = await startThrowAwayServer({ EMBEDDING_PROVIDER: 'none', ENABLE_INTERNAL_SOURCES: 'true' });
    try {
      const api = new ApiClient(server.url);
      await api.post('/collections', { name: 'Queued', readable_id: 'queued' });
      const { id } = await api.post<{ id: string }>('/source-connections', {
        short_name: 'stub',
        readable_collection_id: 'queued',
        config: { entity_count: 1 },
      });
      const latencies: number[] = [];
      await waitForEnd(api, id);
      const began = performance.now();
      for (let run = 0; run < runs; run += 1) {
        await api.post(`/source-connections/${id}/run`);
        const { created_at, started_at } = await waitForEnd(api, id);
        latencies.push(new Date(started_at ?? 0).getTime() - new Date(created_at).getTime());
      }
      const perSecond = (runs * 1_000) / (performance.now() - began);
      return [
        {
          name: 'job start latency, p50',
          value: quantile(latencies, 0.5),
          unit: 'ms',
          budget: { kind: 'most', value: 50 },
        },
        {
          name: 'job start latency, p95',
          value: quantile(latencies, 0.95),
          unit: 'ms',
          budget: { kind: 'most', value: 50 },
        },
        { name: 'whole jobs of one document, one after another', value: perSecond, unit: 'per second' },
      ];
    } finally {
      await server.stop();
    }
  },
};

async function waitForEnd(api: ApiClient, id: string): Promise<Job> {
  for (;;) {
    const [job] = await api.get<Job[]>(`/source-connections/${id}/jobs?limit=1`);
    if (job?.status === 'completed') return job;
    if (job?.status === 'failed') throw new Error('the job failed');
    await delay(2);
  }
}
