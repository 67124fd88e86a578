/**
 * npm run chaos -- [--rounds 10] [--files 250] [--seed 1] [--encoder none|local] [--results FILE] [--json]
 *                   [--database-url URL [--workers 2]]
 * npm run chaos -- --results FILE --summary [--json]
 *
 * Each round changes a folder, begins a sync, and lets things go wrong: see `chaos/round-plan.ts`. When all is in order again
 * and one more sync has run, source, database, blob store and index must agree entity by entity.
 */
import { parseArgs } from 'node:util';
import { isClean, type RoundResult, readResults, type Totals, totalOf } from './chaos/round-result.ts';
import { runRounds } from './chaos/run-rounds.ts';
import { runOnSmallDisk, smallDisk } from './chaos/small-disk.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    files: { type: 'string', default: '250' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    encoder: { type: 'string', default: 'none' },
    results: { type: 'string' },
    'database-url': { type: 'string' },
    workers: { type: 'string', default: '2' },
    summary: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

process.exitCode = values.summary ? print(totalOf(await readResults(values.results ?? ''))) : await run();

async function run(): Promise<number> {
  if (smallDisk === undefined) {
    const exitCode = await runOnSmallDisk(import.meta.url, process.argv.slice(2));
    if (exitCode !== undefined) return exitCode;
    process.stderr.write('no small disk can be made here: it is never full\n');
  }
  const options = {
    rounds: Number(values.rounds),
    files: Number(values.files),
    seed: Number(values.seed),
    encoder: values.encoder,
    workers: Number(values.workers),
    ...(values['database-url'] === undefined ? {} : { databaseUrl: values['database-url'] }),
    ...(values.results === undefined ? {} : { resultsFile: values.results }),
  };
  process.stderr.write(`seed ${options.seed}, ${options.files} files, ${options.rounds} rounds\n`);
  const results: RoundResult[] = [];
  for await (const result of runRounds(options)) {
    results.push(result);
    process.stderr.write(`${JSON.stringify(result)}\n`);
  }
  return print(totalOf(results));
}

/** @returns the exit code */
function print(totals: Totals): number {
  const words = isClean(totals) ? 'Nothing lost.' : 'DAMAGE.';
  process.stdout.write(values.json ? `${JSON.stringify(totals)}\n` : `${JSON.stringify(totals, null, 2)}\n${words}\n`);
  return isClean(totals) ? 0 : 1;
}
