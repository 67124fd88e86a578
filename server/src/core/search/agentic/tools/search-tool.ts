import { z } from 'zod';
import { FilterGroups } from '../../parse-filter.ts';
import { retrievalStrategies, type SearchHit, searchCollection } from '../../search-collection.ts';
import { SearchQuery } from '../../search-query.ts';
import { wordsInARow } from '../../tools/words-in-a-row.ts';
import { selectWithin } from '../agentic-target.ts';
import { excerptOf, questionTermsOf } from '../excerpt.ts';
import { firstSummaries, type SeenPassage } from '../seen-passages.ts';
import { defineTool, type ToolContext } from './agentic-tool.ts';
import { itemOf } from './items.ts';

const snippetLength = 400;
/** Hits that are looked through for words in a row. */
const exactDepth = 200;
/** Damping of reciprocal ranks; the usual one. */
const rankOffset = 60;

export const searchTool = defineTool({
  name: 'search',
  description:
    'Searches the collection and shows the start of each passage found. `match: exact` finds names, ids and quotations word for word. Say a question in several ways with `variations`. One result per document.',
  input: z.object({
    query: SearchQuery.describe('What to look for, in the words that a passage would use.'),
    variations: z.array(SearchQuery).max(4).default([]).describe('The same in other words.'),
    match: z.enum(['meaning', 'exact']).default('meaning'),
    retrieval_strategy: z.enum(retrievalStrategies).default('hybrid'),
    filter_groups: FilterGroups.describe('Narrows the search: groups joined by OR, conditions of a group by AND.'),
    limit: z.int().min(1).max(50).default(10),
    offset: z.int().min(0).max(500).default(0),
  }),
  isLookup: true,
  run: async (context, input, signal) => {
    const hits =
      input.match === 'exact'
        ? await searchExact(context, input, signal)
        : await searchByMeaning(context, input, signal);
    return () => {
      const before = context.seen.size;
      const known = new Set(context.seen.seenKeys);
      const passages = hits.flatMap((hit) => context.seen.addHit(hit) ?? []);
      const isFull = hits.length === input.limit;
      const terms = [...new Set([...questionTermsOf(input.query), ...context.terms])];
      return {
        text: {
          note: noteOf(passages, isFull ? input.offset + input.limit : undefined),
          items: passages.map((passage) =>
            itemOf(passage, excerptOf(passage.chunk?.text ?? '', terms, snippetLength), known.has(passage.key)),
          ),
          digest: `Searched for ${JSON.stringify(input.query.slice(0, 200))}: ${passages.length} results, ${context.seen.size - before} new: ${passages
            .slice(0, 20)
            .map(({ key }) => key)
            .join(', ')
            .slice(0, 1000)}`,
        },
        stats: {
          resultCount: passages.length,
          newResults: context.seen.size - before,
          firstResults: firstSummaries(passages),
        },
      };
    };
  },
});

function noteOf(passages: readonly SeenPassage[], nextOffset: number | undefined): string {
  if (passages.length === 0) return 'Nothing found. Try other words, fewer conditions, or another way to look.';
  const more = nextOffset === undefined ? '' : ` There may be more: offset ${nextOffset}.`;
  return `${passages.length} results, best first. Read those that look right before you quote them.${more}`;
}

interface Asked {
  readonly query: SearchQuery;
  readonly variations: readonly SearchQuery[];
  readonly retrieval_strategy: (typeof retrievalStrategies)[number];
  readonly filter_groups?: z.output<typeof FilterGroups>;
  readonly limit: number;
  readonly offset: number;
}

async function searchByMeaning(
  { deps, target }: ToolContext,
  asked: Asked,
  signal: AbortSignal,
): Promise<readonly SearchHit[]> {
  const queries = [...new Set([asked.query, ...asked.variations])];
  const end = asked.offset + asked.limit;
  const answers = await Promise.all(
    queries.map((query) =>
      searchCollection(
        deps,
        target.scope,
        {
          collection: target.collection,
          query,
          strategy: asked.retrieval_strategy,
          ...selectWithin(target, asked.filter_groups),
          // Merged rankings need their beginnings.
          ...(queries.length === 1 ? { offset: asked.offset, limit: asked.limit } : { offset: 0, limit: end }),
          groupBy: 'document',
        },
        signal,
      ),
    ),
  );
  const [only] = answers;
  if (answers.length === 1 && only !== undefined) return only.results;
  return mergeByRank(answers.map(({ results }) => results)).slice(asked.offset, end);
}

/** By reciprocal ranks, since scores of different queries cannot be compared; one passage for each document. */
function mergeByRank(lists: readonly (readonly SearchHit[])[]): readonly SearchHit[] {
  const merged = new Map<string, { hit: SearchHit; sum: number }>();
  for (const list of lists) {
    for (const [rank, hit] of list.entries()) {
      const known = merged.get(hit.chunk.documentId);
      const sum = (known?.sum ?? 0) + 1 / (rankOffset + rank + 1);
      const best = known === undefined || hit.score > known.hit.score ? hit : known.hit;
      merged.set(hit.chunk.documentId, { hit: best, sum });
    }
  }
  return [...merged.values()].toSorted((a, b) => b.sum - a.sum).map(({ hit }) => hit);
}

async function searchExact(
  { deps, target }: ToolContext,
  asked: Asked,
  signal: AbortSignal,
): Promise<readonly SearchHit[]> {
  const { results } = await searchCollection(
    deps,
    target.scope,
    {
      collection: target.collection,
      query: asked.query,
      strategy: 'keyword',
      ...selectWithin(target, asked.filter_groups),
      offset: 0,
      limit: exactDepth,
      groupBy: 'chunk',
    },
    signal,
  );
  const rows = wordsInARow(asked.query);
  const documents = new Set<string>();
  return results
    .filter(({ chunk }) => {
      if (documents.has(chunk.documentId)) return false;
      const places = [chunk.text, chunk.name, chunk.entityId, ...chunk.headings];
      const isFound = places.some((text) => rows.find(text.normalize('NFC'), 1).length > 0);
      if (isFound) documents.add(chunk.documentId);
      return isFound;
    })
    .slice(asked.offset, asked.offset + asked.limit);
}
