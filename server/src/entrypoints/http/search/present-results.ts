import { z } from 'zod';
import {
  type ExpandedText,
  estimateTokens,
  expandHits,
  type FreshnessStore,
  highlightText,
  matchWords,
  type NamedCollection,
  type SearchableCollection,
  type SearchHit,
  type SearchIndex,
  type SearchStore,
  trimToTokens,
} from '../../../core/search/index.ts';
import type { Scope } from '../../../core/shared/index.ts';
import { type SearchResult, toSearchResult } from './search-result.ts';

export interface PresentationDependencies {
  readonly index: Pick<SearchIndex, 'retrieve' | 'fetch' | 'readDocuments'>;
  readonly store: Pick<SearchStore, 'visibleVersions'>;
  readonly freshness: FreshnessStore;
}

export const maxTokensField = z
  .int()
  .min(100)
  .max(1_000_000)
  .nullish()
  .describe(
    'About how many tokens the results may have in all. The best come first and whole, long passages are cut around the words of the query, and what does not fit is left out.',
  );

/** Of every search's body, beside the reference. */
export const presentationFields = {
  max_tokens: maxTokensField,
  expand: z
    .union([z.literal('document'), z.object({ neighbours: z.int().min(1).max(20) })])
    .nullish()
    .describe(
      'Give each passage with so many passages around it, or its whole document, best results first, as far as `max_tokens` (then 20,000 by default) allows.',
    ),
} as const;

/** Of every search's answer, beside the reference. */
export const presentationAnswer = {
  total: z
    .int()
    .nullable()
    .describe('How many results there are in all; null where counting them would cost more than the page.'),
  left_out: z
    .object({
      results: z.int().describe('Results of this page that did not fit.'),
      tokens: z.int().describe('About how many tokens of text are missing in all.'),
    })
    .nullable()
    .describe('What `max_tokens` left no room for.'),
  sources: z
    .array(
      z.object({
        source_connection_id: z.string(),
        source_name: z.string(),
        last_synced_at: z.iso.datetime().nullable(),
      }),
    )
    .describe('How fresh the sources of these results are: when a sync of each last ended well.'),
} as const;

const defaultExpandedTokens = 20_000;

type Result = z.input<typeof SearchResult>;

export interface Presentation {
  readonly results: Result[];
  readonly left_out: { readonly results: number; readonly tokens: number } | null;
  readonly sources: { source_connection_id: string; source_name: string; last_synced_at: string | null }[];
}

export interface PresentationRequest {
  readonly scope: Scope;
  readonly query: string;
  readonly hits: readonly SearchHit[];
  /** Where a hit was found, and with which principals; a collection with a readable id is named in its result. */
  readonly ownerOf: (
    hit: SearchHit,
  ) =>
    | { readonly collection: SearchableCollection | NamedCollection; readonly principals?: readonly string[] }
    | undefined;
  readonly maxTokens: number | null | undefined;
  readonly expand: z.output<(typeof presentationFields)['expand']>;
}

/** Turns a ranking into results: with highlights, what stands around, how fresh the sources are, and in as many tokens as asked. */
export async function presentResults(
  deps: PresentationDependencies,
  request: PresentationRequest,
  signal: AbortSignal,
): Promise<Presentation> {
  const expanded = await expand(deps, request, signal);
  const wordsOf = matchWords(request.query);
  const results = request.hits.map((hit): Result => {
    const around = expanded.get(hit.chunk.chunkId);
    const text = around?.text ?? hit.chunk.text;
    const collection = request.ownerOf(hit)?.collection;
    return {
      ...toSearchResult(hit, text),
      highlights: highlightText(text, wordsOf(text)).map(({ fragment, words }) => ({ fragment, words: [...words] })),
      ...(around === undefined ? {} : { expanded: { from: around.from, to: around.to } }),
      ...(collection !== undefined && 'readableId' in collection ? { collection: collection.readableId } : {}),
    };
  });
  const limit = request.maxTokens ?? (request.expand ? defaultExpandedTokens : null);
  const fitting = limit === null ? { results, left_out: null } : fit(results, limit, wordsOf);
  return { ...fitting, sources: await listSources(deps, request) };
}

async function expand(
  deps: PresentationDependencies,
  { scope, hits, ownerOf, maxTokens, expand: expansion }: PresentationRequest,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ExpandedText>> {
  if (expansion === null || expansion === undefined) return new Map();
  const chunks = hits.flatMap((hit) => {
    const owner = ownerOf(hit);
    return owner === undefined ? [] : [{ chunk: hit.chunk, target: { scope, ...owner } }];
  });
  return await expandHits(deps, chunks, expansion, maxTokens ?? defaultExpandedTokens, signal);
}

/** Own fields and highlights go first, since they say least; then passages are cut, and whole results left out. */
function fit(
  whole: Result[],
  maxTokens: number,
  wordsOf: ReturnType<typeof matchWords>,
): Pick<Presentation, 'results' | 'left_out'> {
  if (whole.reduce((sum, result) => sum + tokensOf(result), 0) <= maxTokens) return { results: whole, left_out: null };
  const lean = whole.map((result): Result => ({ ...result, highlights: [], raw_source_fields: {} }));
  const { kept, leftOut } = trimToTokens(lean, {
    maxTokens,
    textOf: ({ textual_representation }) => textual_representation,
    placesOf: ({ textual_representation }) => wordsOf(textual_representation),
    overheadOf: (result) => tokensOf({ ...result, textual_representation: '' }),
  });
  return {
    results: kept.map(({ item, text, isCut }) =>
      isCut ? { ...item, textual_representation: text, is_cut: true } : item,
    ),
    left_out: leftOut.items === 0 && leftOut.tokens === 0 ? null : { results: leftOut.items, tokens: leftOut.tokens },
  };
}

/** Ids and punctuation make more tokens than prose: three characters each rather than four. */
function tokensOf({ textual_representation: text, ...rest }: Result): number {
  return estimateTokens(text) + Math.ceil(JSON.stringify(rest).length / 3);
}

async function listSources(
  { freshness }: PresentationDependencies,
  { scope, hits, ownerOf }: PresentationRequest,
): Promise<Presentation['sources']> {
  const collections = new Set<SearchableCollection['id']>();
  for (const hit of hits) {
    const owner = ownerOf(hit);
    if (owner !== undefined) collections.add(owner.collection.id);
  }
  const ofResults = new Set(hits.map(({ chunk }) => chunk.connectionId));
  const lists = await Promise.all([...collections].map((id) => freshness.listFreshness(scope, id)));
  return lists
    .flat()
    .filter(({ connectionId }) => ofResults.has(connectionId))
    .map(({ connectionId, sourceName, lastSyncedAt }) => ({
      source_connection_id: connectionId,
      source_name: sourceName,
      last_synced_at: lastSyncedAt?.toISOString() ?? null,
    }));
}
