import { ApiClient } from '../api-client.ts';
import { startThrowAwayServer } from '../throw-away-server.ts';
import { type Bench, createTextSource } from './bench.ts';
import { residentMegabytes } from './resident-memory.ts';

const documents = 2_000;
const clients = 8;
/** Caches fill and the heap finds its size. */
const warmUpShare = 0.2;

/** What searches leave behind in memory. `--documents` is the number of searches here; the design's is 100,000. */
export const searchMemory: Bench = {
  name: 'search-memory',
  async run({ documents: searches = 10_000 }) {
    const server = await startThrowAwayServer();
    try {
      const api = new ApiClient(server.url);
      const text = createTextSource(6);
      const query = createTextSource(7);
      await api.post('/collections', { name: 'Searched', readable_id: 'searched' });
      await api.post('/collections/searched/documents?wait=true', {
        documents: Array.from({ length: documents }, (_, i) => ({
          id: `d${i}`,
          name: `Document ${i}`,
          text: text(30),
        })),
      });
      const search = async (count: number) => {
        let left = count;
        const client = async () => {
          while (left > 0) {
            left -= 1;
            await api.post('/collections/searched/search/instant', { query: query(4), limit: 10 });
          }
        };
        await Promise.all(Array.from({ length: clients }, client));
      };
      await search(Math.round(searches * warmUpShare));
      const before = residentMegabytes(server.processId);
      await search(Math.round(searches * (1 - warmUpShare)));
      const after = residentMegabytes(server.processId);
      if (before === undefined || after === undefined) return [];
      return [
        {
          name: `memory of the server after ${searches} searches (Pss)`,
          value: after.own,
          unit: 'MB',
          reference: { name: `after ${Math.round(searches * warmUpShare)}`, value: before.own },
        },
      ];
    } finally {
      await server.stop();
    }
  },
};
