/**
 * Measures speed and size: `npm run bench -- [--documents N] [--only NAME] [--search-url URL] [--json]`. `--documents`
 * takes the place of each bench's own size, with which all of them together take less than ten minutes. Each figure stands beside its budget
 * and, where there is one, beside the bare engine, encoder or server measured in the same run.
 */
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench, Measurement } from './benches/bench.ts';
import { collectionRead } from './benches/collection-read.ts';
import { folderIngest } from './benches/folder-ingest.ts';
import { instantSearch } from './benches/instant-search.ts';
import { openSearchSearch } from './benches/opensearch-search.ts';
import { parallelSyncs } from './benches/parallel-syncs.ts';
import { pushToSearchable } from './benches/push-to-searchable.ts';
import { queueLatency } from './benches/queue-latency.ts';
import { resumeAfterKill } from './benches/resume-after-kill.ts';
import { searchMemory } from './benches/search-memory.ts';
import { startAndSize } from './benches/start-and-size.ts';
import { unchangedRun } from './benches/unchanged-run.ts';
import { webhooks } from './benches/webhooks.ts';

const benches: readonly Bench[] = [
  startAndSize,
  collectionRead,
  pushToSearchable,
  queueLatency,
  folderIngest,
  unchangedRun,
  resumeAfterKill,
  parallelSyncs,
  instantSearch,
  searchMemory,
  openSearchSearch,
  webhooks,
];

const { values } = parseArgs({
  options: {
    documents: { type: 'string' },
    only: { type: 'string' },
    'search-url': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const chosen = benches.filter((bench) => values.only === undefined || bench.name === values.only);
const documents = values.documents === undefined ? undefined : Number(values.documents);
const isSize = documents === undefined || (Number.isInteger(documents) && documents >= 1_000);
if (chosen.length === 0 || !isSize) {
  process.stderr.write(
    `--documents takes a whole number from 1000, --only one of: ${benches.map((bench) => bench.name).join(', ')}\n`,
  );
  process.exit(2);
}
const [cpu] = cpus();
process.stderr.write(
  `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB\n`,
);
const searchUrl = values['search-url'];
const options = {
  ...(documents === undefined ? {} : { documents }),
  ...(searchUrl === undefined ? {} : { searchUrl }),
};
const measured: Measurement[] = [];
for (const bench of chosen) {
  process.stderr.write(`${bench.name} …\n`);
  for (const measurement of await bench.run(options)) {
    measured.push(measurement);
    if (!values.json) process.stdout.write(`${toLine(measurement)}\n`);
  }
}
if (values.json) process.stdout.write(`${JSON.stringify(measured)}\n`);

function toLine({ name, value, unit, budget, reference }: Measurement): string {
  const figure = `${round(value)} ${unit}`.padStart(18);
  const limit = budget === undefined ? '' : `budget ${budget.kind === 'most' ? '<' : '>'} ${budget.value}`;
  const beside = reference === undefined ? '' : `${reference.name}: ${round(reference.value)}`;
  return `${name.padEnd(44)}${figure}  ${limit.padEnd(18)}${beside}`.trimEnd();
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
