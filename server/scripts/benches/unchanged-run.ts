import { ApiClient } from '../api-client.ts';
import { startThrowAwayServer } from '../throw-away-server.ts';
import type { Bench } from './bench.ts';
import { connectSmallEntities, waitForEnds } from './small-entities.ts';

/** The design's budget: a million entities in three minutes. */
const budgetPerSecond = 1_000_000 / 180;

/**
 * A second run over sources in which nothing changed. Of few documents it measures the upkeep of the index that the first run
 * began, not itself.
 */
export const unchangedRun: Bench = {
  name: 'unchanged-run',
  async run({ documents = 50_000 }) {
    const server = await startThrowAwayServer({ EMBEDDING_PROVIDER: 'none', ENABLE_INTERNAL_SOURCES: 'true' });
    try {
      const api = new ApiClient(server.url);
      const firstBegan = performance.now();
      const ids = await connectSmallEntities(api, 'unchanged', { entities: documents });
      await waitForEnds(api, ids);
      const firstMs = performance.now() - firstBegan;
      const began = performance.now();
      for (const id of ids) await api.post(`/source-connections/${id}/run`);
      const jobs = await waitForEnds(api, ids);
      const ms = performance.now() - began;
      if (jobs.some((job) => job.entities_inserted + job.entities_updated > 0)) {
        throw new Error('the unchanged source changed');
      }
      return [
        { name: `first run of ${documents}`, value: (documents * 1_000) / firstMs, unit: 'entities per second' },
        {
          name: 'unchanged second run',
          value: (documents * 1_000) / ms,
          unit: 'entities per second',
          budget: { kind: 'least', value: Math.round(budgetPerSecond) },
        },
      ];
    } finally {
      await server.stop();
    }
  },
};
