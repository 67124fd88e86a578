import type { FusionExplanation } from './explain-fusion.ts';
import { type MatchedTerm, matchedTerms } from './matched-terms.ts';
import type { IndexChunk } from './search-index.ts';

/** Why the searcher may see a passage: it has no access data, is public, or names them or a group of theirs; `all`: they see everything. */
export type Visibility = 'all' | 'unrestricted' | 'public' | 'named';

/** Why a passage is where it is in a ranking. */
export interface HitExplanation extends FusionExplanation {
  /** The words that it was searched for. */
  readonly query: string;
  readonly matchedTerms: readonly MatchedTerm[];
  readonly visibility: Visibility;
  /** Absent: by relevance alone. */
  readonly arrangement?: Arrangement;
}

/** What a plan's order did with a passage. */
export interface Arrangement {
  /** Its place by relevance alone, from 1. */
  readonly relevancePlace: number;
  /** Of the plan's phrases, those that the passage has. */
  readonly phrases: readonly string[];
  /** It was put among the good hits that are ordered by date. */
  readonly isByDate: boolean;
  /** Words that somebody did not want, and for which it was put last. */
  readonly demotedFor: readonly string[];
}

/** @param principals the searcher's; undefined: sees everything in the scope */
export function explainHit(
  fusion: FusionExplanation,
  chunk: IndexChunk,
  query: string,
  principals: readonly string[] | undefined,
): HitExplanation {
  return {
    ...fusion,
    query,
    matchedTerms: matchedTerms(query, chunk),
    visibility: visibilityOf(chunk, principals),
  };
}

function visibilityOf(chunk: IndexChunk, principals: readonly string[] | undefined): Visibility {
  if (principals === undefined) return 'all';
  if (chunk.viewers === null) return 'unrestricted';
  return chunk.isPublic === true ? 'public' : 'named';
}
