import { ApiClient } from '../api-client.ts';
import { startThrowAwayServer } from '../throw-away-server.ts';
import type { Bench } from './bench.ts';
import { peakMemory } from './resident-memory.ts';
import { connectSmallEntities, waitForEnds } from './small-entities.ts';

const connections = 10;

/** The most memory that ten first syncs at once take; `--documents 1000000` is the design's ten times 100,000 entities. */
export const parallelSyncs: Bench = {
  name: 'parallel-syncs',
  async run({ documents = 5_000 }) {
    const server = await startThrowAwayServer({
      EMBEDDING_PROVIDER: 'none',
      ENABLE_INTERNAL_SOURCES: 'true',
      SYNC_CONCURRENCY: String(connections),
    });
    try {
      const api = new ApiClient(server.url);
      const began = performance.now();
      const ids = await connectSmallEntities(api, 'parallel', { entities: documents, connections });
      const { peak } = await peakMemory(server.processId, waitForEnds(api, ids));
      const seconds = (performance.now() - began) / 1_000;
      const what = `${connections} syncs of ${documents / connections}`;
      return [
        { name: `${what}: together`, value: documents / seconds, unit: 'entities per second' },
        ...(peak === undefined
          ? []
          : [
              {
                name: `${what}: peak memory (Pss)`,
                value: peak.all,
                unit: 'MB',
                budget: { kind: 'most' as const, value: 1_000 },
                reference: { name: 'the server alone', value: peak.own },
              },
            ]),
      ];
    } finally {
      await server.stop();
    }
  },
};
