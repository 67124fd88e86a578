import { renderTable, type TableLayout } from '../render-table.ts';
import { toTerminalText } from '../terminal-text.ts';
import type { Comparison } from './compare-scores.ts';
import type { SettingScores } from './evaluate-setting.ts';
import type { EvaluationQuery } from './evaluation-set.ts';

export interface Evaluation {
  readonly queries: readonly EvaluationQuery[];
  readonly first: SettingScores;
  readonly comparisons: readonly { readonly scores: SettingScores; readonly comparison: Comparison }[];
}

const columns = [
  { title: 'Setting', shrinksTo: 16 },
  { title: 'nDCG@10', align: 'right' },
  { title: 'recall@100', align: 'right' },
  { title: 'MRR@10', align: 'right' },
] as const;
const differenceColumns = [
  { title: 'Change', align: 'right' },
  { title: 'Query', shrinksTo: 20 },
] as const;
/** Queries that are shown of a comparison: those with the largest differences. */
const shown = 5;

/** What an evaluation found, for people. */
export function renderEvaluation({ queries, first, comparisons }: Evaluation, layout: TableLayout): string {
  const all = [first, ...comparisons.map(({ scores }) => scores)];
  const rows = all.map(({ setting, ndcgAt10, recallAt100, mrrAt10 }) => [
    setting.name,
    ndcgAt10.toFixed(3),
    recallAt100.toFixed(3),
    mrrAt10.toFixed(3),
  ]);
  const count = queries.length === 1 ? '1 query' : `${queries.length.toLocaleString('en')} queries`;
  return [
    count,
    renderTable(columns, rows, layout),
    ...comparisons.flatMap(({ scores, comparison }) => [
      '',
      `${toTerminalText(scores.setting.name)} against ${toTerminalText(first.setting.name)}: ${describe(comparison)}`,
      ...renderDifferences(queries, scores, first, layout),
    ]),
  ].join('\n');
}

function describe({ better, worse, equal, difference, pValue }: Comparison): string {
  const change = `${difference < 0 ? '' : '+'}${difference.toFixed(3)}`;
  const chance = pValue < 0.05 ? 'hardly chance' : 'may be chance';
  return `${better} better, ${worse} worse, ${equal} equal; nDCG@10 ${change}, ${chance} (p = ${pValue.toFixed(3)})`;
}

function renderDifferences(
  queries: readonly EvaluationQuery[],
  scores: SettingScores,
  first: SettingScores,
  layout: TableLayout,
): readonly string[] {
  const rows = queries
    .map(({ text }, place) => ({ text, change: (scores.ndcgOf[place] ?? 0) - (first.ndcgOf[place] ?? 0) }))
    .filter(({ change }) => Math.abs(change) > 1e-9)
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change))
    .slice(0, shown)
    .map(({ text, change }) => [`${change > 0 ? '+' : ''}${change.toFixed(3)}`, text]);
  return rows.length === 0 ? [] : [renderTable(differenceColumns, rows, layout)];
}
