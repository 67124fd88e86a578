import { ApiClient } from '../api-client.ts';
import { startThrowAwayServer } from '../throw-away-server.ts';
import { type Bench, createTextSource, quantile } from './bench.ts';

const pushes = 30;

/** From the push of one document to an answer that says it can be found, model included. */
export const pushToSearchable: Bench = {
  name: 'push-to-searchable',
  async run() {
    const server = await startThrowAwayServer();
    try {
      const api = new ApiClient(server.url);
      await api.post('/collections', { name: 'Pushed', readable_id: 'pushed' });
      const text = createTextSource(1);
      const push = (id: number) =>
        api.post('/collections/pushed/documents?wait=true', {
          documents: [{ id: `d${id}`, name: `Document ${id}`, text: text(120) }],
        });
      // The children that parse and encode start with the first document.
      await push(0);
      const times: number[] = [];
      for (let id = 1; id <= pushes; id += 1) {
        const began = performance.now();
        await push(id);
        times.push(performance.now() - began);
      }
      return [
        {
          name: 'push to searchable, p50',
          value: quantile(times, 0.5),
          unit: 'ms',
          budget: { kind: 'most', value: 1_000 },
        },
        {
          name: 'push to searchable, p95',
          value: quantile(times, 0.95),
          unit: 'ms',
          budget: { kind: 'most', value: 1_000 },
        },
      ];
    } finally {
      await server.stop();
    }
  },
};
