/**
 * Measures how well the product finds what people judged relevant: `npm run eval -- FOLDER [--tier instant|classic|agentic] [--json]`.
 * The corpus goes through the product's own ingest into a throw-away server, every query over HTTP, one at a time.
 */
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Judgements,
  meanOf,
  ndcgAt,
  quantileOf,
  recallAt,
  reciprocalRankAt,
} from '../src/entrypoints/cli/evaluate/retrieval-metrics.ts';
import { createEvalClient, type EvalClient, type PushedDocument } from './eval-client.ts';
import { openTestCollection, type TestCollection } from './test-collection.ts';
import { startThrowAwayServer } from './throw-away-server.ts';

const usage = 'Usage: npm run eval -- FOLDER [--tier instant|classic|agentic] [--json]';
const arms = ['keyword', 'semantic', 'hybrid'] as const;
/** Each is measured beside those before it. */
const tiers = ['instant', 'classic', 'agentic'] as const;
type Tier = (typeof tiers)[number];
const isTier = (name: string): name is Tier => tiers.some((tier) => tier === name);
const readableId = 'eval';
/** A push is cut at either: well below the largest request body, and about the server's wait of 30 s. */
const maxBatchDocuments = 200;
const maxBatchCharacters = 2_000_000;
const maxNameLength = 512;

interface Measures {
  readonly ndcg_at_10: number;
  readonly recall_at_100: number;
  readonly mrr_at_10: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

async function load(client: EvalClient, collection: TestCollection): Promise<number> {
  let count = 0;
  let characters = 0;
  let batch: PushedDocument[] = [];
  const push = async (): Promise<void> => {
    if (batch.length > 0) await client.push(readableId, batch);
    count += batch.length;
    batch = [];
    characters = 0;
    process.stderr.write(`\r${count} documents indexed`);
  };
  await client.createCollection(readableId);
  for await (const { id, title, text } of collection.documents()) {
    batch.push({ id, name: toName(title, id), text });
    characters += text.length;
    if (batch.length >= maxBatchDocuments || characters >= maxBatchCharacters) await push();
  }
  await push();
  process.stderr.write('\n');
  return count;
}

/** A document's name is one line of bounded length. */
function toName(title: string, id: string): string {
  const line = title
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
  return line === '' ? id : [...line].slice(0, maxNameLength).join('');
}

async function measure(client: EvalClient, queries: TestCollection['queries'], arm: string): Promise<Measures> {
  const found: { judgements: Judgements; ranked: readonly string[]; tookMs: number }[] = [];
  for (const { text, judgements } of queries) {
    const startedAt = performance.now();
    const ranked = await client.search(readableId, text, arm, 100);
    found.push({ judgements, ranked, tookMs: performance.now() - startedAt });
  }
  const times = found.map(({ tookMs }) => tookMs);
  const average = (
    metric: (depth: number, judgements: Judgements, ranked: readonly string[]) => number,
    depth: number,
  ) => round(meanOf(found.map(({ judgements, ranked }) => metric(depth, judgements, ranked))), 4);
  return {
    ndcg_at_10: average(ndcgAt, 10),
    recall_at_100: average(recallAt, 100),
    mrr_at_10: average(reciprocalRankAt, 10),
    p50_ms: round(quantileOf(0.5, times), 1),
    p99_ms: round(quantileOf(0.99, times), 1),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function toTable(name: string, queryCount: number, measures: Readonly<Record<string, Measures>>): string {
  const rows = Object.entries(measures).map(([arm, found]) =>
    [
      arm.padEnd(10),
      found.ndcg_at_10.toFixed(3).padStart(8),
      found.recall_at_100.toFixed(3).padStart(11),
      found.mrr_at_10.toFixed(3).padStart(8),
      found.p50_ms.toFixed(1).padStart(9),
      found.p99_ms.toFixed(1).padStart(9),
    ].join(''),
  );
  const head = `${'arm'.padEnd(10)} nDCG@10 recall@100  MRR@10   p50 ms   p99 ms`;
  return [`${name}: ${queryCount} queries`, head, ...rows].join('\n');
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { tier: { type: 'string', default: 'instant' }, json: { type: 'boolean', default: false } },
  });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1) throw new Error(usage);
  if (!isTier(values.tier)) throw new Error(`there is no tier '${values.tier}' to measure; ${usage}`);
  const collection = await openTestCollection(resolve(folder));
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => stopping.abort(new Error(`stopped by ${name}`)));
  const server = await startThrowAwayServer();
  try {
    const client = createEvalClient(server.url, stopping.signal);
    await load(client, collection);
    // The first searches open the index and warm the model.
    for (const { text } of collection.queries.slice(0, 5)) await client.search(readableId, text, 'hybrid', 100);
    const measures: Record<string, Measures> = {};
    const measured = [...arms, ...tiers.slice(1, tiers.indexOf(values.tier) + 1)];
    for (const arm of measured) measures[arm] = await measure(client, collection.queries, arm);
    const name = basename(resolve(folder));
    const answer = {
      collection: name,
      queries: collection.queries.length,
      ...measures[measured.at(-1) ?? 'hybrid'],
      arms: measures,
    };
    process.stdout.write(
      `${values.json ? JSON.stringify(answer) : toTable(name, collection.queries.length, measures)}\n`,
    );
  } finally {
    await server.stop();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`eval: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
