import type { LanguageModel } from '../../language-models/index.ts';
import type { JsonObject } from '../../shared/index.ts';
import type { DocumentFinder } from '../document-finder.ts';
import type { Encoder } from '../encoder.ts';
import type { Filter } from '../filter.ts';
import type { SearchHit } from '../search-collection.ts';
import type { SearchIndex } from '../search-index.ts';
import type { SearchQuery } from '../search-query.ts';
import type { SearchableCollection, SearchStore } from '../search-store.ts';
import type { AgenticLimits } from './limits.ts';

export interface AgenticDependencies {
  readonly index: Pick<SearchIndex, 'retrieve' | 'fetch' | 'readDocuments'>;
  /** Absent where no embedding model is used. */
  readonly encoder?: Pick<Encoder, 'name' | 'embedQuery'>;
  readonly store: Pick<SearchStore, 'visibleVersions' | 'describeContents' | 'sampleFields'>;
  readonly documents: DocumentFinder;
  /** Absent: rules do the work. */
  readonly model?: LanguageModel;
  /** Default: the machine's clock. */
  readonly now?: () => Date;
  /** For tests; default `agenticLimits`. */
  readonly limits?: Partial<AgenticLimits>;
}

export interface AgenticRequest {
  readonly collection: SearchableCollection;
  readonly query: SearchQuery;
  /** The user's filter: it holds for every tool. */
  readonly filter?: Filter;
  /** The searcher's principals; absent: sees everything in the scope. */
  readonly principals?: readonly string[];
  /** Whether a model may reason at length before each turn. */
  readonly thinking: boolean;
  /** From 1; null: as many as seem to be of use. */
  readonly limit: number | null;
}

/** A passage or document in a few words, for people who watch. */
export interface EntitySummary {
  /** `<original>__chunk_<n>`. */
  readonly entityId: string;
  readonly name: string;
  readonly entityType: string;
  readonly sourceName: string;
  /** Null where nothing ranked it. */
  readonly relevanceScore: number | null;
}

export type ToolStats = Readonly<Record<string, string | number | boolean | null | readonly EntitySummary[]>>;

/** What happens on the way to the answer, in order. `iteration` counts rounds from 0. */
export type AgenticEvent =
  | {
      readonly kind: 'thinking';
      readonly iteration: number;
      readonly thinking: string | null;
      readonly text: string | null;
      readonly durationMs: number;
      readonly inputTokens: number;
      readonly outputTokens: number;
    }
  | {
      readonly kind: 'tool_call';
      readonly iteration: number;
      readonly callId: string;
      readonly name: string;
      readonly arguments: JsonObject;
      readonly stats: ToolStats;
      readonly durationMs: number;
    };

/** Words of a passage that say so. `entityId` is the passage's, `quote` is in its text, but for white space and case. */
export interface Citation {
  readonly entityId: string;
  readonly quote: string;
}

/** Who planned, what it took, and why it ended. */
export interface AgenticRun {
  readonly planner: 'model' | 'rules';
  /** Why rules planned where a model might have; null otherwise. */
  readonly fallbackReason: string | null;
  readonly endedBecause:
    | 'finished'
    | 'nothing_new'
    | 'out_of_rounds'
    | 'out_of_time'
    | 'out_of_calls'
    | 'out_of_tokens';
  /** Models that answered, first first. */
  readonly models: readonly string[];
  readonly rounds: number;
  readonly toolCalls: number;
  readonly retries: number;
  readonly nudges: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  /** US dollars; null where a price is not known. */
  readonly cost: number | null;
  readonly seenIds: readonly string[];
  readonly readIds: readonly string[];
  readonly collectedIds: readonly string[];
}

export interface AgenticAnswer {
  /** Best first. */
  readonly results: readonly SearchHit[];
  /** In words, with `[n]` for the n-th citation; null without a model, and where nothing it says could be verified. */
  readonly answer: string | null;
  readonly citations: readonly Citation[];
  /** False where the collection does not seem to have what was asked for. */
  readonly answered: boolean;
  /** Words of the question that no result has. */
  readonly missingTerms: readonly string[];
  readonly run: AgenticRun;
}
