import type { DocumentId } from '../../shared/index.ts';
import type { FoundDocument } from '../document-finder.ts';
import { rankChunks } from '../rank-chunks.ts';
import type { IndexChunk } from '../search-index.ts';
import { selectionOf, type ToolDependencies, type ToolTarget, toRef } from './tool-search.ts';
import { type WordsInARow, wordsInARow } from './words-in-a-row.ts';

export const matchPlaces = ['id', 'name', 'text'] as const;
export type MatchPlace = (typeof matchPlaces)[number];

export interface FindRequest {
  /** Words in a row, a name, or an id. 1 to 1,000 characters. */
  readonly words: string;
  /** From 1. */
  readonly limit: number;
  /** From 0. */
  readonly offset: number;
  /** `document`: one hit each, with its first passage that has the words. */
  readonly groupBy: 'document' | 'chunk';
}

/** What every hit says of its document. */
export type HitDocument = Pick<
  FoundDocument,
  | 'id'
  | 'connectionId'
  | 'sourceName'
  | 'entityId'
  | 'entityType'
  | 'name'
  | 'url'
  | 'breadcrumbs'
  | 'createdAt'
  | 'updatedAt'
  | 'chunkCount'
>;

export interface FindHit {
  readonly document: HitDocument;
  /** The passage that has the words; null where only the document's name or id does. */
  readonly chunk: IndexChunk | null;
  readonly matchedIn: readonly MatchPlace[];
  /** Letter for letter, signs included, in one of the places. */
  readonly isVerbatim: boolean;
}

export interface FindAnswer {
  readonly hits: readonly FindHit[];
  /** Hits in all; null when there are more places than were looked at. */
  readonly total: number | null;
}

/** Documents whose name or id has the words that are looked at. */
const maxNamed = 200;
/** Passages with some of the words that are read, best first, to see whether they have them in a row. */
const maxRead = 2000;
const readAtOnce = 200;

/**
 * Finds what has exactly these words in a row, in a passage, a document's name, or its id. Case does not count, accents do, and
 * signs between words do not. First what is found by id or name, then passages by the keyword arm's ranking; every hit was
 * checked against the words themselves, since the index knows stems and single words only. A row that is cut by the end of a
 * passage is not seen.
 *
 * @throws AppError('unavailable') when the index does not answer in time; the signal's reason when it is aborted
 */
export async function findText(
  deps: ToolDependencies,
  target: ToolTarget,
  request: FindRequest,
  signal: AbortSignal,
): Promise<FindAnswer> {
  const words = wordsInARow(request.words);
  const wanted = request.offset + request.limit;
  const [named, passages] = await Promise.all([
    findNamed(deps, target, request.words, words),
    findPassages(deps, target, request, words, signal),
  ]);
  signal.throwIfAborted();
  const hits = merge(named.hits, passages, request.groupBy);
  const isWhole = named.isWhole && passages.isWhole;
  return { hits: hits.slice(request.offset, wanted), total: isWhole ? hits.length : null };
}

interface Part {
  readonly hits: readonly FindHit[];
  readonly isWhole: boolean;
}

interface Passages extends Part {
  /** The first hits, however many are asked for: what is shown of a document that was found by name depends on no page. */
  readonly firstCount: number;
}

async function findNamed(deps: ToolDependencies, target: ToolTarget, asked: string, words: WordsInARow): Promise<Part> {
  const value = asked.trim();
  const list = (conditions: Parameters<typeof selectionOf>[1], limit: number) =>
    deps.finder.list(target.scope, target.collection.id, selectionOf(target, conditions), {
      order: 'name',
      offset: 0,
      limit,
    });
  const [exact, similar] = await Promise.all([
    list([{ field: 'airweave_system_metadata.original_entity_id', operator: 'equals', value }], maxNamed),
    // The words themselves may stand apart by other signs: the longest narrows, and the check below decides.
    list(
      [
        { field: 'airweave_system_metadata.original_entity_id', operator: 'contains', value },
        { field: 'name', operator: 'contains', value: longestOf(words.words) ?? value },
      ],
      maxNamed,
    ),
  ]);
  const isExact = new Set(exact.map(({ id }) => id));
  const documents = [...exact, ...similar.filter(({ id }) => !isExact.has(id))];
  const hits = documents.flatMap((document): readonly FindHit[] => {
    const hit = toHit(document, null, words);
    return hit === undefined ? [] : [hit];
  });
  return { hits, isWhole: similar.length < maxNamed && exact.length < maxNamed };
}

async function findPassages(
  deps: ToolDependencies,
  target: ToolTarget,
  { words: text, limit, offset, groupBy }: FindRequest,
  words: WordsInARow,
  signal: AbortSignal,
): Promise<Passages> {
  if (words.words.length === 0) return { hits: [], isWhole: true, firstCount: 0 };
  const ref = toRef(target);
  const wanted = offset + limit;
  const { filter, principals } = selectionOf(target);
  const { hits: ranked, total } = await rankChunks(
    deps,
    {
      ref,
      text,
      ...(filter === undefined ? {} : { filter }),
      ...(principals === undefined ? {} : { principals }),
      groupBy: 'chunk',
      count: maxRead,
    },
    signal,
  );
  const hits: FindHit[] = [];
  const documents = new Set<DocumentId>();
  let firstCount = 0;
  for (let from = 0; from < ranked.length; from += readAtOnce) {
    signal.throwIfAborted();
    const batch = ranked.slice(from, from + readAtOnce);
    const chunks = new Map(
      (
        await deps.index.fetch(
          ref,
          batch.map(({ chunkId }) => chunkId),
        )
      ).map((chunk) => [chunk.chunkId, chunk]),
    );
    for (const { chunkId } of batch) {
      const chunk = chunks.get(chunkId);
      const hit = chunk === undefined ? undefined : toHit(documentOf(chunk), chunk, words);
      if (hit?.chunk == null) continue;
      hits.push(hit);
      documents.add(hit.document.id);
    }
    if (from === 0) firstCount = hits.length;
    const isLast = from + readAtOnce >= ranked.length;
    if (!isLast && (groupBy === 'document' ? documents.size : hits.length) >= wanted)
      return { hits, isWhole: false, firstCount };
  }
  return { hits, isWhole: total !== null && total <= maxRead, firstCount };
}

/** Undefined when the words are in none of the places. A passage that has them in the name only is not a hit of its own. */
function toHit(document: HitDocument, chunk: IndexChunk | null, words: WordsInARow): FindHit | undefined {
  const places: readonly (readonly [MatchPlace, string])[] = [
    ['id', document.entityId],
    ['name', document.name],
    ['text', [...(chunk?.headings ?? []), chunk?.text ?? ''].join('\n')],
  ];
  const matched = places.filter(([place, text]) =>
    place === 'id'
      ? text === words.asked || words.find(text.normalize('NFC'), 1).length > 0
      : words.find(text.normalize('NFC'), 1).length > 0,
  );
  const matchedIn = matched.map(([place]) => place);
  if (matched.length === 0 || (chunk !== null && !matchedIn.includes('text'))) return undefined;
  return { document, chunk, matchedIn, isVerbatim: matched.some(([, text]) => words.isVerbatim(text)) };
}

/** Documents by id and name first, each with a passage that has the words where one is among the first; then other passages. */
function merge(named: readonly FindHit[], passages: Passages, groupBy: FindRequest['groupBy']): readonly FindHit[] {
  const bestOf = (hits: readonly FindHit[]) => {
    const best = new Map<DocumentId, FindHit>();
    for (const hit of hits) if (!best.has(hit.document.id)) best.set(hit.document.id, hit);
    return best;
  };
  const firsts = bestOf(passages.hits.slice(0, passages.firstCount));
  const shown = new Set<FindHit>();
  const heads = named.map((hit) => {
    const passage = firsts.get(hit.document.id);
    if (passage === undefined) return hit;
    shown.add(passage);
    return { ...passage, document: hit.document, isVerbatim: hit.isVerbatim || passage.isVerbatim };
  });
  const known = new Set(named.map(({ document }) => document.id));
  const rest =
    groupBy === 'document'
      ? [...bestOf(passages.hits).values()].filter(({ document }) => !known.has(document.id))
      : passages.hits.filter((hit) => !shown.has(hit));
  return [...heads, ...rest];
}

function documentOf(chunk: IndexChunk): HitDocument {
  return {
    id: chunk.documentId,
    connectionId: chunk.connectionId,
    sourceName: chunk.sourceName,
    entityId: chunk.entityId,
    entityType: chunk.entityType,
    name: chunk.name,
    url: chunk.url,
    breadcrumbs: chunk.breadcrumbs,
    createdAt: chunk.createdAt,
    updatedAt: chunk.updatedAt,
    chunkCount: chunk.chunkCount,
  };
}

function longestOf(words: readonly string[]): string | undefined {
  return words.toSorted((a, b) => b.length - a.length)[0];
}
