import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { CommandError, exitCodes } from '../command-error.ts';
import { type Comparison, compareScores } from '../evaluate/compare-scores.ts';
import { evaluateSetting, type SettingScores } from '../evaluate/evaluate-setting.ts';
import { type EvaluationQuery, readEvaluationSet } from '../evaluate/evaluation-set.ts';
import { renderEvaluation } from '../evaluate/render-evaluation.ts';
import { defaultSetting, parseSearchSetting, type SearchSetting } from '../evaluate/search-setting.ts';
import { type CliContext, openSession, type Session } from '../session.ts';
import { toTerminalText } from '../terminal-text.ts';

interface EvalOptions {
  readonly set?: string;
  readonly setting: SearchSetting;
  readonly compare: readonly SearchSetting[];
  readonly atLeast?: number;
}

export function addEvalCommand(program: Command, context: CliContext): void {
  program
    .command('eval')
    .summary('measure how well a collection finds what was judged good')
    .description(
      'Puts queries with judged documents to a collection and says how well they are answered: by nDCG@10, recall@100 and MRR@10, all from 0 to 1.',
    )
    .argument('<collection>', 'readable id of the collection')
    .option('--set <file>', "queries with judgements, as JSON (default: what the collection's feedback makes)")
    .option('--setting <settings>', 'how to search: tier, strategy, group_by', parseSearchSetting, defaultSetting)
    .option(
      '--compare <settings>',
      'another way to search, compared with the first; may be given several times',
      (text: string, before: readonly SearchSetting[]) => [...before, parseSearchSetting(text)],
      [],
    )
    .option('--at-least <score>', 'fail (exit code 1) when nDCG@10 of the first way is lower', parseScore)
    .addHelpText(
      'after',
      `
Examples:
  ./weft eval handbook
  ./weft eval handbook --set questions.json --compare strategy=keyword
  ./weft eval handbook --setting tier=classic --compare tier=instant --at-least 0.6`,
    )
    .action(async (collection: string, options: EvalOptions, command: Command) => {
      await evaluate(await openSession(command, context), collection, options);
    });
}

function parseScore(text: string): number {
  const score = Number(text);
  if (text.trim() === '' || !(score >= 0 && score <= 1)) throw new InvalidArgumentError('Give a number from 0 to 1.');
  return score;
}

async function evaluate(session: Session, collection: string, options: EvalOptions): Promise<void> {
  const queries = await readQueries(session, collection, options);
  const settings = [options.setting, ...options.compare];
  const total = queries.length * settings.length;
  let answered = 0;
  const onAnswered = () => {
    answered += 1;
    if (!session.isJson) session.terminal.redraw(`${answered} of ${total} searches`);
  };
  const scores: SettingScores[] = [];
  for (const setting of settings) {
    scores.push(await evaluateSetting(session.client, collection, queries, setting, onAnswered));
  }
  session.terminal.redraw('');
  for (const { setting, otherStrategies } of scores) {
    if (otherStrategies.length === 0) continue;
    session.note(`For ${setting.name} the server searched by ${otherStrategies.join(', ')}: is there a model?`);
  }
  const [first, ...others] = scores;
  if (first === undefined) return;
  const comparisons = others.map((other) => ({ scores: other, comparison: compareScores(other.ndcgOf, first.ndcgOf) }));
  session.answer(toJson(collection, queries, scores, comparisons), () =>
    renderEvaluation({ queries, first, comparisons }, session.layout),
  );
  if (options.atLeast !== undefined && first.ndcgAt10 < options.atLeast) {
    session.note(`nDCG@10 is ${first.ndcgAt10.toFixed(3)}, below ${options.atLeast}.`);
    session.context.setExitCode(exitCodes.failure);
  }
}

/** Those with a good document: of others nothing can be measured. */
async function readQueries(
  session: Session,
  collection: string,
  { set }: EvalOptions,
): Promise<readonly EvaluationQuery[]> {
  const { queries } =
    set === undefined
      ? await session.client.getEvaluationSet(collection)
      : await readEvaluationSet(resolve(session.context.workingDirectory, set));
  const judged = queries.filter(({ judgements }) => Object.values(judgements).some((grade) => grade > 0));
  if (judged.length > 0) return judged;
  throw new CommandError(
    exitCodes.notFound,
    'empty_set',
    set === undefined
      ? `Nobody has called a result of "${toTerminalText(collection)}" good yet, or the query log keeps no words.\nGive queries of your own with --set; docs/evaluate.md says how to collect them.`
      : `${set} has no query with a document of a grade above 0.`,
  );
}

function toJson(
  collection: string,
  queries: readonly EvaluationQuery[],
  scores: readonly SettingScores[],
  comparisons: readonly { readonly scores: SettingScores; readonly comparison: Comparison }[],
): object {
  return {
    collection,
    queries: queries.length,
    settings: scores.map(({ setting, ndcgAt10, recallAt100, mrrAt10 }) => ({
      setting: setting.name,
      ndcg_at_10: round(ndcgAt10),
      recall_at_100: round(recallAt100),
      mrr_at_10: round(mrrAt10),
    })),
    comparisons: comparisons.map(({ scores: { setting }, comparison }) => ({
      setting: setting.name,
      better: comparison.better,
      worse: comparison.worse,
      equal: comparison.equal,
      ndcg_difference: round(comparison.difference),
      p_value: round(comparison.pValue),
    })),
    per_query: queries.map(({ id, text }, place) => ({
      id,
      text,
      ndcg_at_10: scores.map(({ ndcgOf }) => round(ndcgOf[place] ?? 0)),
    })),
  };
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
