import type { Filter } from '../filter.ts';
import type { RetrievalStrategy } from '../search-collection.ts';

/** A restriction that was read out of the question: it may be wrong. */
export interface GuessedFilter {
  /** `model`: a language model's, of whatever kind. */
  readonly kind: 'date' | 'source' | 'type' | 'model';
  /** The words that it came from. */
  readonly text: string;
  readonly filter: Filter;
}

/** How a question is going to be searched for. */
export interface SearchPlan {
  readonly strategy: RetrievalStrategy;
  /** The question without the words that became something else here; never blank. */
  readonly query: string;
  /** The same in other words, best first: searched for too, all together with the weight of `query`. */
  readonly variations: readonly string[];
  /** In the order in which they were trusted: the last is the first to be dropped. */
  readonly filters: readonly GuessedFilter[];
  /** Hits with these words in a row come first. */
  readonly phrases: readonly string[];
  readonly exclusions: readonly Exclusion[];
  /** `newest`: the good hits by date. */
  readonly order: 'relevance' | 'newest';
}

/** What somebody does not want to see. */
export interface Exclusion {
  readonly words: string;
  /** `remove`: written as an operator, `-word`. `demote`: said in words, which may be part of the subject. */
  readonly effect: 'remove' | 'demote';
}

/** What a planner may know beside the question. */
export interface PlanContext {
  readonly now: Date;
  /** Each pair of source and entity type that the collection has. */
  readonly types: readonly { readonly sourceName: string; readonly entityType: string }[];
}
