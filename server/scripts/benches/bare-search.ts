import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, MatchQuery, type Table } from '@lancedb/lancedb';
import { loadTextModel } from '../../src/adapters/embeddings/local/text-model.ts';

const modelDirectory = fileURLToPath(new URL('../../models/all-MiniLM-L6-v2/', import.meta.url));
/** As the server asks for at first. */
const hitsPerArm = 300;

export interface BareTimes {
  /** Milliseconds of each call: both arms of one query, filtered by organisation, ids only. */
  readonly engine: readonly number[];
  /** Milliseconds of each query through the model. */
  readonly encoder: readonly number[];
}

/**
 * The engine and the model by themselves, on the largest table of a data directory whose server has stopped: what a search
 * would take if there were nothing of ours around them.
 */
export async function timeBareSearch(
  dataDirectory: string,
  count: number,
  nextQuery: () => string,
): Promise<BareTimes> {
  const directory = join(dataDirectory, 'index');
  const connection = await connect(directory);
  const tables = await Promise.all(
    (await readdir(directory))
      .filter((name) => name.endsWith('.lance'))
      .map((name) => connection.openTable(name.slice(0, -'.lance'.length))),
  );
  const sized = await Promise.all(tables.map(async (table) => ({ table, rows: await table.countRows() })));
  const largest = sized.reduce((best, other) => (other.rows > best.rows ? other : best)).table;
  const predicate = await organizationOf(largest);
  const model = await loadTextModel(modelDirectory, 1);
  const engine: number[] = [];
  const encoder: number[] = [];
  try {
    for (let i = -20; i < count; i += 1) {
      const text = nextQuery();
      const began = performance.now();
      const vector = await model.encode(text);
      const encoded = performance.now();
      await Promise.all([
        largest
          .query()
          .fullTextSearch(new MatchQuery(text, 'search_text'))
          .where(predicate)
          .select(['hit', '_score'])
          .limit(hitsPerArm)
          .toArrow(),
        largest
          .vectorSearch(vector)
          .column('vector')
          .distanceType('dot')
          .where(predicate)
          .select(['hit', '_distance'])
          .limit(hitsPerArm)
          .minimumNprobes(20)
          .maximumNprobes(0)
          .toArrow(),
      ]);
      // The first ones open files and warm caches.
      if (i < 0) continue;
      encoder.push(encoded - began);
      engine.push(performance.now() - encoded);
    }
  } finally {
    await model.close();
    connection.close();
  }
  return { engine, encoder };
}

async function organizationOf(table: Table): Promise<string> {
  const [row] = await table.query().select(['organization_id']).limit(1).toArray();
  return `organization_id = '${String(row?.organization_id)}'`;
}
