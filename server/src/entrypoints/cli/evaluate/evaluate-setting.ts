import type { Client } from '../client.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { EvaluationQuery } from './evaluation-set.ts';
import { meanOf, ndcgAt, recallAt, reciprocalRankAt } from './retrieval-metrics.ts';
import type { SearchSetting } from './search-setting.ts';

/** How well one way to search did. */
export interface SettingScores {
  readonly setting: SearchSetting;
  readonly ndcgAt10: number;
  readonly recallAt100: number;
  readonly mrrAt10: number;
  /** nDCG@10 of each query, in the set's order. */
  readonly ndcgOf: readonly number[];
  /** What the server did instead of the strategy that was asked for, such as `keyword` without a model. */
  readonly otherStrategies: readonly string[];
}

const depth = 100;
/** Passages that are read for the first 100 documents, where passages are asked for. */
const chunkDepth = 1_000;
const parallel = 4;

/** Puts every query of a set to a collection. @throws as the client does */
export async function evaluateSetting(
  client: Pick<Client, 'searchTier'>,
  collection: string,
  queries: readonly EvaluationQuery[],
  setting: SearchSetting,
  onAnswered: () => void,
): Promise<SettingScores> {
  const others = new Set<string>();
  const found = await mapConcurrently(queries, parallel, async ({ text, judgements }) => {
    const answer = await client.searchTier(collection, setting.tier, {
      query: text,
      limit: setting.groupBy === 'chunk' ? chunkDepth : depth,
      group_by: setting.groupBy,
      log: false,
      ...(setting.strategy === undefined ? {} : { retrieval_strategy: setting.strategy }),
    });
    const done = answer.strategy;
    if (setting.strategy !== undefined && typeof done === 'string' && done !== setting.strategy) others.add(done);
    const ranked = [
      ...new Set(answer.results.map(({ airweave_system_metadata }) => airweave_system_metadata.original_entity_id)),
    ];
    onAnswered();
    const grades = new Map(Object.entries(judgements));
    return {
      ndcg: ndcgAt(10, grades, ranked),
      recall: recallAt(depth, grades, ranked),
      mrr: reciprocalRankAt(10, grades, ranked),
    };
  });
  return {
    setting,
    ndcgAt10: meanOf(found.map(({ ndcg }) => ndcg)),
    recallAt100: meanOf(found.map(({ recall }) => recall)),
    mrrAt10: meanOf(found.map(({ mrr }) => mrr)),
    ndcgOf: found.map(({ ndcg }) => ndcg),
    otherStrategies: [...others],
  };
}
