import type {
  ArmHit,
  IndexChunk,
  IndexRef,
  RetrieveRequest,
  RetrieveResult,
} from '../../../core/search/search-index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { searchTextOf } from '../search-text.ts';
import type { EngineIndex } from '../two-engines.ts';
import { matchesFilter } from './matches-filter.ts';
import { rankByWords, wordsOf } from './word-ranking.ts';

interface Row {
  readonly chunk: IndexChunk;
  readonly words: readonly string[];
}

/** The search index's twin for tests: the same answers to filters and scopes, plain BM25 and dot products over all rows. */
export function createInMemoryIndex(): EngineIndex {
  const tables = new Map<string, Map<string, Row>>();
  const prefixOf = (ref: Omit<IndexRef, 'generation'>) => `${ref.scope.organizationId}/${ref.collectionId}/`;
  const nameOf = (ref: IndexRef) => `${prefixOf(ref)}${ref.generation}`;
  const rowsOf = (ref: IndexRef) => [...(tables.get(nameOf(ref))?.values() ?? [])];
  const remove = (ref: IndexRef, isGone: (chunk: IndexChunk) => boolean) => {
    for (const { chunk } of rowsOf(ref)) if (isGone(chunk)) tables.get(nameOf(ref))?.delete(chunk.chunkId);
  };

  return {
    async create(ref) {
      if (!tables.has(nameOf(ref))) tables.set(nameOf(ref), new Map());
    },
    async upsert(ref, chunks) {
      const table = tables.get(nameOf(ref));
      if (table === undefined)
        throw new AppError('not_found', 'The collection has no search index of this generation.');
      for (const chunk of chunks) {
        if ((table.get(chunk.chunkId)?.chunk.version ?? 0) > chunk.version) continue;
        table.set(chunk.chunkId, { chunk, words: wordsOf(searchTextOf(chunk)) });
      }
    },
    async drop(ref, drops) {
      for (const { documentId, beforeVersion } of drops) {
        remove(ref, (chunk) => chunk.documentId === documentId && chunk.version < beforeVersion);
      }
    },
    async dropConnection(ref, connectionId) {
      remove(ref, (chunk) => chunk.connectionId === connectionId);
    },
    async dropCollection(ref) {
      for (const name of tables.keys()) if (name.startsWith(prefixOf(ref))) tables.delete(name);
    },
    async dropGenerations(ref, keep) {
      const kept = keep.map((generation) => nameOf({ ...ref, generation }));
      for (const name of tables.keys()) if (name.startsWith(prefixOf(ref)) && !kept.includes(name)) tables.delete(name);
    },
    async retrieve(ref, request) {
      return retrieve(
        rowsOf(ref).filter(({ chunk }) => isVisible(chunk, request)),
        request,
      );
    },
    async fetch(ref, chunkIds) {
      const wanted = new Set(chunkIds);
      return rowsOf(ref).flatMap(({ chunk }) => (wanted.has(chunk.chunkId) ? [{ ...chunk, vector: null }] : []));
    },
    async readDocuments(ref, documentIds) {
      const wanted = new Set(documentIds);
      return rowsOf(ref).flatMap(({ chunk }) => (wanted.has(chunk.documentId) ? [chunk] : []));
    },
    async listDocumentIds(ref, { syncJobId, aboveVersion = -1 }) {
      const written = rowsOf(ref).filter(({ chunk }) => chunk.syncJobId === syncJobId && chunk.version > aboveVersion);
      return [...new Set(written.map(({ chunk }) => chunk.documentId))];
    },
    async count(ref) {
      return rowsOf(ref).length;
    },
    async has(ref) {
      return tables.has(nameOf(ref));
    },
    async optimise() {},
    async close() {},
  };
}

function isVisible(chunk: IndexChunk, { filter, principals }: RetrieveRequest): boolean {
  if (filter !== undefined && !matchesFilter(chunk, filter)) return false;
  if (principals === undefined || chunk.viewers === null || chunk.isPublic === true) return true;
  return chunk.viewers.some((viewer) => principals.includes(viewer));
}

function retrieve(rows: readonly Row[], { text, vector, limit }: RetrieveRequest): RetrieveResult {
  const best = (hits: readonly ArmHit[]) =>
    hits.toSorted((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1)).slice(0, limit);
  const toHit = ({ chunkId, documentId, version }: IndexChunk, score: number) => ({
    chunkId,
    documentId,
    version,
    score,
  });
  return {
    ...(text === undefined
      ? {}
      : { keyword: best(rankByWords(rows, text).map(({ row, score }) => toHit(row.chunk, score))) }),
    ...(vector === undefined
      ? {}
      : {
          semantic: best(
            rows.flatMap(({ chunk }) => (chunk.vector === null ? [] : [toHit(chunk, dot(chunk.vector, vector))])),
          ),
        }),
  };
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
