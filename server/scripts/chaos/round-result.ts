import { appendFile, readFile } from 'node:fs/promises';
import { type DamageCounts, damageKinds } from './damage.ts';

/** A line of the results file. */
export interface RoundResult extends DamageCounts {
  /** Of the run; with the round's number it gives the same faults again. */
  readonly seed: number;
  readonly round: number;
  readonly faults: readonly string[];
  readonly kills: number;
  /** Compared one by one. */
  readonly entities: number;
  /** How the sync that was hit ended. */
  readonly ended: string;
  /** Why it failed; null otherwise. */
  readonly error: string | null;
  /** How often a worker took it up again after another was lost. */
  readonly resumed: number;
  readonly ms: number;
  /** `none` or `local`. */
  readonly encoder: string;
  /** Processes on an operator's PostgreSQL beside the one for requests; 0: one server with its own. */
  readonly workers: number;
  readonly notes: readonly string[];
}

export interface Totals extends DamageCounts {
  readonly rounds: number;
  /** Of these with an operator's PostgreSQL and several processes. */
  readonly rounds_with_workers: number;
  readonly kills: number;
  readonly entities: number;
  /** How often each kind of fault was brought about. */
  readonly faults: Readonly<Record<string, number>>;
  /** Syncs that were cut off and taken up again. */
  readonly resumed: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly minutes: number;
}

export async function appendResult(file: string, result: RoundResult): Promise<void> {
  await appendFile(file, `${JSON.stringify(result)}\n`);
}

/** @throws Error when the file is not there or was not written by `appendResult` */
export async function readResults(file: string): Promise<readonly RoundResult[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as RoundResult);
}

export function totalOf(results: readonly RoundResult[]): Totals {
  const sum = (value: (result: RoundResult) => number) => results.reduce((total, result) => total + value(result), 0);
  const damage = Object.fromEntries(damageKinds.map((kind) => [kind, sum((result) => result[kind])])) as DamageCounts;
  return {
    rounds: results.length,
    rounds_with_workers: results.filter(({ workers }) => workers > 0).length,
    kills: sum((result) => result.kills),
    entities: sum((result) => result.entities),
    ...damage,
    faults: countEach(results.flatMap((result) => result.faults)),
    resumed: results.filter((result) => result.resumed > 0).length,
    ends: countEach(results.map((result) => result.ended)),
    minutes: Math.round(sum((result) => result.ms) / 6_000) / 10,
  };
}

export const isClean = (totals: Totals): boolean => damageKinds.every((kind) => totals[kind] === 0);

function countEach(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
