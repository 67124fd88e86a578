import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../api-client.ts';
import { startThrowAwayServer } from '../throw-away-server.ts';
import { type Bench, createTextSource } from './bench.ts';

const lexicalFiles = 4_000;
const modelFiles = 1_000;
/** Made-up words have four word pieces or so: about 200 in all, one nearly full passage. */
const wordsPerFile = 50;

/** A folder of text files, from connecting it to the end of its sync: with words only, and with the bundled model. */
export const folderIngest: Bench = {
  name: 'folder-ingest',
  async run() {
    const lexical = await measure(lexicalFiles, 'none');
    const model = await measure(modelFiles, 'local');
    return [
      {
        name: 'ingest, words only',
        value: lexical,
        unit: 'chunks per second',
        budget: { kind: 'least', value: 1_000 },
      },
      { name: 'ingest, with the model', value: model, unit: 'chunks per second', budget: { kind: 'least', value: 60 } },
    ];
  },
};

async function measure(files: number, provider: 'none' | 'local'): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-folder-'));
  const server = await startThrowAwayServer({ EMBEDDING_PROVIDER: provider });
  try {
    const text = createTextSource(2);
    for (let i = 0; i < files; i += 1) {
      const parent = join(folder, `d${i % 100}`);
      if (i < 100) await mkdir(parent);
      await writeFile(join(parent, `f${i}.txt`), text(wordsPerFile));
    }
    const api = new ApiClient(server.url);
    await api.post('/collections', { name: 'Ingested', readable_id: 'ingested' });
    const began = performance.now();
    const { id } = await api.post<{ id: string }>('/source-connections', {
      short_name: 'files',
      readable_collection_id: 'ingested',
      config: { path: folder },
    });
    for (;;) {
      const [job] = await api.get<{ status: string; entities_inserted: number; error: string | null }[]>(
        `/source-connections/${id}/jobs?limit=1`,
      );
      if (job?.status === 'completed') return job.entities_inserted / ((performance.now() - began) / 1_000);
      if (job?.status === 'failed') throw new Error(`the sync failed: ${job.error}`);
      await delay(200);
    }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
