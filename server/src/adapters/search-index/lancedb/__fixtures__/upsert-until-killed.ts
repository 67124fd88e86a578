import { silentLogger } from '../../../../core/shared/index.ts';
import { axis, chunk, refOf } from '../../search-index.fixtures.ts';
import { openLanceDbIndex } from '../lancedb-index.ts';

/** Arguments: directory, organisation id, collection id, number of the first row. Says each acknowledged range on its own line. */
const [directory = '', organizationId = '', collectionId = '', first = '0'] = process.argv.slice(2);
const index = await openLanceDbIndex({ directory, logger: silentLogger });
const ref = refOf(organizationId, collectionId);
await index.create(ref, { dimensions: 8 });
for (let from = Number(first); ; from += 20) {
  // Half of each batch are rows of the batch before, written again with a higher version.
  const numbers = Array.from({ length: 40 }, (_, i) => from - 20 + i).filter((number) => number >= 0);
  const rows = numbers.map((i) => chunk({ chunkId: `row-${i}`, version: from + 1, text: `row ${i}`, vector: axis(i % 8) }));
  await index.upsert(ref, rows);
  process.stdout.write(`${from + 20}\n`);
  if (from % 200 === 0) index.optimise(ref).catch(() => undefined);
}
