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
import type { IndexChunk, SearchIndex } from '../../search-index.ts';
import { SearchQuery } from '../../search-query.ts';
import type { AgenticDependencies, AgenticEvent, AgenticRequest } from '../agentic-search.ts';
import { searchAgentic } from '../search-agentic.ts';

/** A document by its passages. */
export interface WrittenDocument {
  readonly id: string;
  readonly name?: string;
  readonly passages: readonly string[];
  readonly sourceName?: string;
  readonly viewers?: readonly string[];
  readonly parents?: readonly string[];
}

/** A collection in memory, and searches of it. Visible documents can be taken away in the middle. */
export async function createAgenticFixture(documents: readonly WrittenDocument[]) {
  const scope = new Scope(newId(OrganizationId));
  const collection = { id: newId(CollectionId), generation: 1, encoderName: 'none' };
  const ref = { scope, collectionId: collection.id, generation: 1 };
  const chunks = documents.flatMap(toChunks);
  const visible = new Set(chunks.map(({ documentId }) => documentId));
  const index: SearchIndex = createInMemoryIndex();
  await index.create(ref, { dimensions: 2 });
  await index.upsert(ref, chunks);
  const retrieved: Parameters<SearchIndex['retrieve']>[1][] = [];
  const finder = createFinder(chunks, visible);
  const deps: AgenticDependencies = {
    index: {
      ...index,
      retrieve: async (where, request) => {
        retrieved.push(request);
        return index.retrieve(where, request);
      },
    },
    documents: finder.finder,
    store: {
      visibleVersions: async (_scope, _collection, ids) =>
        new Map(ids.filter((id) => visible.has(id)).map((id) => [id, 1])),
      describeContents: async () => ({
        types: [...new Set(chunks.map(({ sourceName }) => sourceName))].map((sourceName) => ({
          sourceName,
          entityType: 'NoteEntity',
        })),
      }),
      sampleFields: async () => ({ fields: [], documentCount: 0 }),
    },
  };
  const search = async (
    query: string,
    more: Partial<AgenticDependencies> &
      Partial<Omit<AgenticRequest, 'query'>> & { readonly signal?: AbortSignal } = {},
  ) => {
    const events: AgenticEvent[] = [];
    const { model, limits, index: otherIndex, signal, ...request } = more;
    const answer = await searchAgentic(
      { ...deps, ...(model && { model }), ...(limits && { limits }), ...(otherIndex && { index: otherIndex }) },
      scope,
      { collection, query: SearchQuery.parse(query), thinking: false, limit: null, ...request },
      (event) => events.push(event),
      signal ?? AbortSignal.timeout(60_000),
    );
    return { ...answer, events, ids: answer.results.map(({ chunk }) => chunk.entityId) };
  };
  return { search, deps, scope, collection, visible, retrieved, selections: finder.selections };
}

function toChunks(document: WrittenDocument): readonly IndexChunk[] {
  const documentId = newId(DocumentId);
  const connectionId = newId(SourceConnectionId);
  const syncId = newId(SyncId);
  return document.passages.map((text, chunkIndex) => ({
    chunkId: `${document.id}-${chunkIndex}`,
    documentId,
    version: 1,
    connectionId,
    syncId,
    syncJobId: 'job',
    sourceName: document.sourceName ?? 'notes',
    entityId: document.id,
    entityType: 'NoteEntity',
    name: document.name ?? document.id,
    breadcrumbs: (document.parents ?? []).map((id) => ({ entityId: id, name: id, entityType: 'FolderEntity' })),
    url: null,
    createdAt: null,
    updatedAt: null,
    chunkIndex,
    chunkCount: document.passages.length,
    headings: [],
    text,
    viewers: document.viewers ?? null,
    isPublic: document.viewers === undefined ? null : false,
    fields: {},
    vector: null,
  }));
}

/** The database's twin: documents whose passages match, as far as the searcher sees them. */
function createFinder(chunks: readonly IndexChunk[], visible: ReadonlySet<DocumentId>) {
  const selections: DocumentSelection[] = [];
  const select = (selection: DocumentSelection): readonly FoundDocument[] => {
    selections.push(selection);
    const { filter, principals } = selection;
    const matching = chunks.filter(
      (chunk) =>
        visible.has(chunk.documentId) &&
        (principals === undefined ||
          chunk.viewers === null ||
          chunk.viewers.some((viewer) => principals.includes(viewer))) &&
        (filter === undefined || matchesFilter(chunk, filter)),
    );
    return [...new Map(matching.map((chunk) => [chunk.documentId, chunk])).values()]
      .map((chunk) => ({ ...chunk, id: chunk.documentId }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  };
  const finder: DocumentFinder = {
    count: async (_scope, _collection, selection) => select(selection).length,
    list: async (_scope, _collection, selection, { offset, limit }) => select(selection).slice(offset, offset + limit),
    facets: async () => [],
  };
  return { finder, selections };
}
