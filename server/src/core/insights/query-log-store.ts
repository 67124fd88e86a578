import { z } from 'zod';
import type { ApiKeyId, CollectionId, Scope } from '../shared/index.ts';

/** Names one answer, so that feedback can refer to it. */
export const SearchId = z.guid().brand<'SearchId'>();
export type SearchId = z.infer<typeof SearchId>;

export const queryLogModes = ['off', 'hashed', 'full'] as const;
/**
 * What is kept of a search. `off`: nothing. `hashed`: times, counts, and a keyed hash that tells equal queries, but no word of
 * them. `full`: their words too.
 */
export type QueryLogMode = (typeof queryLogModes)[number];

export interface QueryLogSetting {
  readonly mode: QueryLogMode;
  /** From 1 to 3,650. */
  readonly retentionDays: number;
}

/** What an organisation chose itself; null: the server's default. */
export interface OwnQueryLogSetting {
  readonly mode: QueryLogMode | null;
  readonly retentionDays: number | null;
}

export const searchTiers = ['instant', 'classic', 'agentic', 'older'] as const;
export type SearchTier = (typeof searchTiers)[number];

/** One answered search as it is kept. */
export interface LoggedSearch {
  readonly id: SearchId;
  readonly collectionId: CollectionId;
  readonly at: Date;
  readonly tier: SearchTier;
  readonly strategy: string;
  /** Who planned; null: nobody. */
  readonly planner: string | null;
  readonly callerKind: string;
  readonly apiKeyId: ApiKeyId | null;
  /** 16 bytes. */
  readonly queryHash: Uint8Array;
  readonly queryText: string | null;
  readonly filterShape: string | null;
  readonly offset: number;
  /** On the page that was asked for. */
  readonly resultCount: number;
  readonly topScore: number | null;
  readonly tookMs: number;
  /** Null: no language model was asked. */
  readonly usage: ModelSpending | null;
}

export interface ModelSpending {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars; null where the price is not known. */
  readonly cost: number | null;
}

export const judgements = ['good', 'bad', 'clicked'] as const;
export type Judgement = (typeof judgements)[number];

export interface Feedback {
  /** The source's own id of the document. */
  readonly entityId: string;
  readonly judgement: Judgement;
  /** 0 (beside the point) to 3 (exactly it). */
  readonly grade: number;
}

/** A query and how often it was asked. Without its words where they were not kept. */
export interface CountedQuery {
  /** Tells equal queries of one collection: 16 hexadecimal digits. */
  readonly hash: string;
  readonly query: string | null;
  readonly count: number;
  readonly lastAt: Date;
}

export interface TimedSearch {
  readonly id: SearchId;
  readonly hash: string;
  readonly query: string | null;
  readonly tier: SearchTier;
  readonly at: Date;
  readonly tookMs: number;
}

export interface TierSummary {
  readonly tier: SearchTier;
  readonly searches: number;
  readonly zeroResults: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, of the searches whose price is known. */
  readonly cost: number;
}

/** What the log says of a collection's searches. Lists have at most 20 entries. */
export interface SearchInsights {
  /** There were more searches than are looked at: the latest 100,000. */
  readonly isCut: boolean;
  readonly tiers: readonly TierSummary[];
  /** Days in UTC, as in 2026-01-31; those without a search are left out. */
  readonly days: readonly { readonly day: string; readonly searches: number; readonly zeroResults: number }[];
  /** Queries that found nothing, the most frequent first. */
  readonly zeroResultQueries: readonly CountedQuery[];
  readonly frequentQueries: readonly CountedQuery[];
  readonly slowest: readonly TimedSearch[];
  readonly feedback: Readonly<Record<Judgement, number>>;
}

/** A query with what people said of its results. */
export interface JudgedQuery {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly text: string;
  /** Grade by the source's own id of the document, 0 to 3. */
  readonly judgements: Readonly<Record<string, number>>;
}

/** The port to what is kept of searches. Implementation: `adapters/postgres/query-log-store.ts`. */
export interface QueryLogStore {
  /** Undefined: the organisation has none of its own. */
  findSetting(scope: Scope): Promise<OwnQueryLogSetting | undefined>;
  saveSetting(scope: Scope, setting: OwnQueryLogSetting): Promise<void>;
  /** Those of collections that are gone are left out, and so are those that are there already. */
  insert(scope: Scope, searches: readonly LoggedSearch[]): Promise<void>;
  /**
   * Keeps what somebody said of a search's results, at most 100 of one search.
   * @returns what came of it: nothing is kept unless `saved`
   */
  saveFeedback(
    scope: Scope,
    search: { readonly collectionId: CollectionId; readonly id: SearchId },
    feedback: readonly Feedback[],
    at: Date,
  ): Promise<'saved' | 'unknown_search' | 'too_many'>;
  readInsights(scope: Scope, collectionId: CollectionId, since: Date): Promise<SearchInsights>;
  /** Queries with their words and at least one document of a grade above 0, the latest first. */
  listJudgedQueries(scope: Scope, collectionId: CollectionId, limit: number): Promise<readonly JudgedQuery[]>;
}

/** The port to what must not be kept any longer, across organisations. */
export interface QueryLogSweepStore {
  /** Removes up to `limit` searches that are too old, of organisations that keep none, or of collections that are deleted; returns how many. */
  removeSearches(defaults: QueryLogSetting, now: Date, limit: number): Promise<number>;
  /** Takes the words out of up to `limit` searches of organisations that keep none; returns how many. */
  eraseWords(defaults: QueryLogSetting, limit: number): Promise<number>;
}
