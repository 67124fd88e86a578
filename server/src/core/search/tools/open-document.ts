import { AppError, DocumentId } from '../../shared/index.ts';
import type { DocumentSelection, FoundDocument } from '../document-finder.ts';
import type { IndexChunk } from '../search-index.ts';
import { cutToTokens, estimateTokens } from './estimate-tokens.ts';
import { selectionOf, type ToolDependencies, type ToolTarget, toRef } from './tool-search.ts';

export interface OpenRequest {
  /** The source's id of an entity, a passage's `<entity id>__chunk_<n>`, or our id of a document. */
  readonly id: string;
  /** First passage, from 0. Default: the first; of a passage's id, that one. */
  readonly from?: number;
  /** Passages wanted from there; default all, of a passage's id one. */
  readonly count?: number;
  /** Passages before and after, too, as many on each side. Default 0. */
  readonly neighbours?: number;
  /** Estimated tokens of all passages together. Default 8,000. */
  readonly maxTokens?: number;
}

export interface OpenedPassage {
  readonly chunkIndex: number;
  readonly headings: readonly string[];
  readonly text: string;
  /** The end is missing: it did not fit. */
  readonly isCut: boolean;
}

export interface OpenedDocument {
  readonly document: FoundDocument;
  /** In the order of the document. */
  readonly passages: readonly OpenedPassage[];
  /** What was asked for and did not fit: passages `from` to `to`, both included; null when nothing is missing. */
  readonly leftOut: { readonly from: number; readonly to: number; readonly tokens: number } | null;
  /** Passages the document has. */
  readonly passageCount: number;
  readonly tokens: number;
  /** Other documents that have the same id, of other connections or kinds; a filter tells them apart. */
  readonly others: readonly FoundDocument[];
}

const defaultMaxTokens = 8000;
/** Documents of one entity id that are told. */
const maxSame = 10;

/**
 * Opens a document that the searcher may see: whole, a range of its passages, or a passage with its neighbours. Of a document
 * that is being replaced, passages of the committed version are shown, and none twice.
 *
 * @throws AppError('not_found') when there is no such document, or it is hidden from the searcher or outside the filter
 */
export async function openDocument(
  deps: ToolDependencies,
  target: ToolTarget,
  request: OpenRequest,
  signal: AbortSignal,
): Promise<OpenedDocument> {
  const found = await resolve(deps, target, request.id);
  signal.throwIfAborted();
  if (found === undefined) throw notFound();
  const { document, others, chunkIndex } = found;
  const chunks = await readPassages(deps, target, document.id);
  signal.throwIfAborted();
  if (chunks.length === 0) throw notFound();
  const last = chunks.at(-1)?.chunkIndex ?? 0;
  const neighbours = request.neighbours ?? 0;
  const first = request.from ?? chunkIndex ?? 0;
  const count = request.count ?? (chunkIndex === undefined || request.from !== undefined ? last + 1 : 1);
  const isWanted = (place: number) => place >= first - neighbours && place < first + count + neighbours;
  const wanted = chunks.filter((chunk) => isWanted(chunk.chunkIndex));
  const fitting = fit(wanted, request.maxTokens ?? defaultMaxTokens);
  return { document, ...fitting, passageCount: chunks.length, others };
}

function notFound(): AppError {
  return new AppError(
    'not_found',
    'There is no such document here, or you may not see it. Give the id that a result names: `entity_id` or `original_entity_id`.',
  );
}

interface Resolved {
  readonly document: FoundDocument;
  readonly others: readonly FoundDocument[];
  /** Of a passage's id. */
  readonly chunkIndex?: number;
}

async function resolve(deps: ToolDependencies, target: ToolTarget, id: string): Promise<Resolved | undefined> {
  const named = await listByEntityId(deps, target, id);
  const [document, ...others] = named;
  if (document !== undefined) return { document, others };
  const passage = /^(?<entityId>.+)__chunk_(?<place>\d{1,9})$/su.exec(id)?.groups;
  if (passage !== undefined) {
    const [owner, ...same] = await listByEntityId(deps, target, passage.entityId ?? '');
    if (owner !== undefined) return { document: owner, others: same, chunkIndex: Number(passage.place) };
  }
  const own = DocumentId.safeParse(id);
  if (!own.success) return undefined;
  const [row] = await readPassages(deps, target, own.data);
  if (row === undefined) return undefined;
  const same = await listByEntityId(deps, target, row.entityId);
  const match = same.find((other) => other.id === own.data);
  return match && { document: match, others: [] };
}

async function listByEntityId(
  deps: ToolDependencies,
  target: ToolTarget,
  entityId: string,
): Promise<readonly FoundDocument[]> {
  const selection: DocumentSelection = selectionOf(target, [
    { field: 'airweave_system_metadata.original_entity_id', operator: 'equals', value: entityId },
  ]);
  const page = { order: 'newest', offset: 0, limit: maxSame } as const;
  return deps.finder.list(target.scope, target.collection.id, selection, page);
}

/**
 * The passages of the committed version that the searcher may see, in order. Rows of a version that is being written stand in
 * for rows that it has overwritten: an unchanged passage keeps its id, so its row may carry the next version already.
 */
export async function readPassages(
  deps: { readonly index: Pick<ToolDependencies['index'], 'readDocuments'>; readonly store: ToolDependencies['store'] },
  target: ToolTarget,
  documentId: DocumentId,
): Promise<readonly IndexChunk[]> {
  const ref = toRef(target);
  for (let isRetry = false; ; isRetry = true) {
    const committed = (await deps.store.visibleVersions(target.scope, target.collection.id, [documentId])).get(
      documentId,
    );
    if (committed === undefined) return [];
    const rows = await deps.index.readDocuments(ref, [documentId]);
    const current = rows.filter((row) => row.version >= committed).sort((a, b) => a.version - b.version);
    const count = current.find((row) => row.version === committed)?.chunkCount ?? Number.POSITIVE_INFINITY;
    const byPlace = new Map<number, IndexChunk>();
    for (const row of current) {
      if (row.chunkIndex < count && !byPlace.has(row.chunkIndex)) byPlace.set(row.chunkIndex, row);
    }
    // Rows went between the two reads: a newer version was committed. Look again, once.
    if (byPlace.size === 0 && !isRetry) continue;
    return [...byPlace.values()].filter((row) => maySee(row, target.principals)).sort(byChunkIndex);
  }
}

function byChunkIndex(a: IndexChunk, b: IndexChunk): number {
  return a.chunkIndex - b.chunkIndex;
}

function maySee({ viewers, isPublic }: IndexChunk, principals: readonly string[] | undefined): boolean {
  if (principals === undefined || viewers === null || isPublic === true) return true;
  return viewers.some((viewer) => principals.includes(viewer));
}

/** Whole passages from the first; the one that does not fit is cut, and what follows is left out. */
function fit(
  chunks: readonly IndexChunk[],
  maxTokens: number,
): Pick<OpenedDocument, 'passages' | 'leftOut' | 'tokens'> {
  const passages: OpenedPassage[] = [];
  let tokens = 0;
  for (const [place, { chunkIndex, headings, text }] of chunks.entries()) {
    const size = estimateTokens(text);
    if (tokens + size <= maxTokens) {
      passages.push({ chunkIndex, headings, text, isCut: false });
      tokens += size;
      continue;
    }
    // A single passage that is larger than all that fits would never be seen: then its beginning is.
    const cut = passages.length === 0 ? cutToTokens(text, maxTokens) : '';
    if (cut !== '') passages.push({ chunkIndex, headings, text: cut, isCut: true });
    const missing = chunks.slice(cut === '' ? place : place + 1);
    const next = missing[0];
    if (next === undefined) return { passages, leftOut: null, tokens: tokens + estimateTokens(cut) };
    const leftTokens = missing.reduce((sum, chunk) => sum + estimateTokens(chunk.text), 0);
    const leftOut = { from: next.chunkIndex, to: missing.at(-1)?.chunkIndex ?? next.chunkIndex, tokens: leftTokens };
    return { passages, leftOut, tokens: tokens + estimateTokens(cut) };
  }
  return { passages, leftOut: null, tokens };
}
