import { createInMemoryIndex } from '../../../../adapters/search-index/in-memory/in-memory-index.ts';
import { matchesFilter } from '../../../../adapters/search-index/in-memory/matches-filter.ts';
import {
  CollectionId,
  DocumentId,
  newId,
  OrganizationId,
  Scope,
  SourceConnectionId,
  SyncId,
} from '../../../shared/index.ts';
import type { DocumentFinder, DocumentSelection, FoundDocument } from '../../document-finder.ts';
import type { IndexChunk } from '../../search-index.ts';
import type { ToolDependencies, ToolTarget } from '../tool-search.ts';

export const scope = new Scope(newId(OrganizationId));
const connectionId = newId(SourceConnectionId);
const syncId = newId(SyncId);

export interface LibraryDocument {
  readonly entityId: string;
  readonly name?: string;
  readonly passages: readonly string[];
  readonly viewers?: readonly string[];
  readonly source?: string;
  readonly updatedAt?: Date;
  readonly version?: number;
  readonly id?: DocumentId;
}

export function chunksOf(document: LibraryDocument): readonly IndexChunk[] {
  const { entityId, name = entityId, passages, viewers, source = 'stub', version = 1 } = document;
  const documentId = document.id ?? newId(DocumentId);
  return passages.map((text, chunkIndex) => ({
    chunkId: `${documentId}-${chunkIndex}-${text}`,
    documentId,
    version,
    connectionId,
    syncId,
    syncJobId: 'job',
    sourceName: source,
    entityId,
    entityType: 'StubEntity',
    name,
    breadcrumbs: [],
    url: null,
    createdAt: null,
    updatedAt: document.updatedAt ?? null,
    chunkIndex,
    chunkCount: passages.length,
    headings: [],
    text,
    viewers: viewers ?? null,
    isPublic: viewers === undefined ? null : false,
    fields: {},
    vector: null,
  }));
}

/** A collection of documents in memory: its index, which versions are committed, and a finder that reads both. */
export async function openLibrary(documents: readonly LibraryDocument[]) {
  const index = createInMemoryIndex();
  const collection = { id: newId(CollectionId), generation: 1, encoderName: 'none' };
  const ref = { scope, collectionId: collection.id, generation: 1 };
  await index.create(ref, { dimensions: 0 });
  const committed = new Map<DocumentId, number>();
  const shelf = new Map<DocumentId, readonly IndexChunk[]>();
  const add = async (chunks: readonly IndexChunk[], options: { readonly isCommitted: boolean }) => {
    await index.upsert(ref, chunks);
    const [first] = chunks;
    if (first === undefined || !options.isCommitted) return;
    committed.set(first.documentId, first.version);
    shelf.set(first.documentId, chunks);
  };
  for (const document of documents) await add(chunksOf(document), { isCommitted: true });
  const deps: ToolDependencies = {
    index,
    store: {
      visibleVersions: async (_scope, _collection, ids) =>
        new Map(
          ids.flatMap((id) => {
            const version = committed.get(id);
            return version === undefined ? [] : [[id, version]];
          }),
        ),
    },
    finder: finderOver(shelf),
  };
  const target: ToolTarget = { scope, collection };
  return { deps, target, index, ref, committed, shelf, add };
}

function finderOver(shelf: ReadonlyMap<DocumentId, readonly IndexChunk[]>): DocumentFinder {
  const select = ({ filter, principals }: DocumentSelection): readonly FoundDocument[] =>
    [...shelf.values()].flatMap((chunks) => {
      const shown = chunks.filter(
        (chunk) =>
          (filter === undefined || matchesFilter(chunk, filter)) &&
          (principals === undefined || (chunk.viewers ?? principals).some((viewer) => principals.includes(viewer)) || chunk.viewers === null),
      );
      const [chunk] = shown;
      return chunk === undefined ? [] : [{ ...chunk, id: chunk.documentId }];
    });
  return {
    count: async (_scope, _collection, selection) => select(selection).length,
    list: async (_scope, _collection, selection, { order, offset, limit }) =>
      select(selection)
        .toSorted((a, b) =>
          order === 'name' ? (a.name < b.name ? -1 : 1) : (b.updatedAt?.getTime() ?? 0) - (a.updatedAt?.getTime() ?? 0),
        )
        .slice(offset, offset + limit),
    facets: async (_scope, _collection, selection, { fields }) =>
      fields.map((field) => {
        const counts = new Map<string, number>();
        for (const { sourceName } of select(selection)) counts.set(sourceName, (counts.get(sourceName) ?? 0) + 1);
        return { field, values: [...counts].map(([value, count]) => ({ value, count })), isCut: false };
      }),
  };
}
