import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../../adapters/postgres/database.ts';
import { createDocumentFinder } from '../../../adapters/postgres/document-finder.ts';
import { PostgresFreshnessStore } from '../../../adapters/postgres/freshness-store.ts';
import { createMembershipStore } from '../../../adapters/postgres/membership-store.ts';
import { PostgresSearchStore } from '../../../adapters/postgres/search-store.ts';
import { createSearchableCollections } from '../../../adapters/postgres/searchable-collections.ts';
import { openLanceDbIndex } from '../../../adapters/search-index/lancedb/lancedb-index.ts';
import type { IndexChunk, SearchIndex } from '../../../core/search/index.ts';
import {
  CollectionId,
  DocumentId,
  newId,
  Scope,
  SourceConnectionId,
  SyncId,
  silentLogger,
} from '../../../core/shared/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { EventStreams } from '../event-streams.ts';
import type { SearchEndpointDependencies } from '../search/search-endpoints.ts';
import { createHttpFixture, type HttpFixture } from './http-fixture.ts';

/** One document, of one passage as a rule. */
export interface SearchableDocument {
  readonly name: string;
  readonly text: string;
  /** What follows `text`, a passage each. */
  readonly furtherPassages?: readonly string[];
  readonly sourceName: string;
  readonly entityType: string;
  readonly createdAt?: Date;
  readonly updatedAt?: Date;
  /** Default: no access data. */
  readonly viewers?: readonly string[];
  readonly fields?: IndexChunk['fields'];
}

export interface SearchFixture extends HttpFixture {
  readonly key: string;
  readonly index: SearchIndex;
  readonly collectionId: CollectionId;
  /** One connection of each source, by its name. */
  readonly connectionIds: ReadonlyMap<string, SourceConnectionId>;
  readonly syncIds: ReadonlyMap<string, SyncId>;
}

const dimensions = 64;

/** Words as places in a vector: what a model does, by spelling. */
function embed(text: string): Float32Array {
  const vector = new Float32Array(dimensions).fill(0.01);
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    let hash = 7;
    for (const character of word) hash = Math.imul(hash, 31) + (character.codePointAt(0) ?? 0);
    const place = Math.abs(hash) % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** The collection `papers`, with these documents in a real index and a real database. Entity ids are `e0`, `e1`, … */
export async function createSearchFixture(
  endpoints: (dependencies: SearchEndpointDependencies, database: Database) => readonly Endpoint[],
  documents: readonly SearchableDocument[],
): Promise<SearchFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'weft-search-'));
  const index = await openLanceDbIndex({ directory, logger: silentLogger });
  const fixture = await createHttpFixture({
    endpoints: (database) =>
      endpoints(
        {
          index,
          store: new PostgresSearchStore(database),
          freshness: new PostgresFreshnessStore(database),
          collections: createSearchableCollections(database),
          documents: createDocumentFinder(database),
          memberships: createMembershipStore(database),
          streams: new EventStreams(),
          logger: silentLogger,
          encoder: { name: 'spelling', embedQuery: async (text) => embed(text) },
        },
        database,
      ),
  });
  const collectionId = newId(CollectionId);
  const sources = [...new Set(documents.map(({ sourceName }) => sourceName))];
  const connectionIds = new Map(sources.map((source) => [source, newId(SourceConnectionId)]));
  const syncIds = new Map(sources.map((source) => [source, newId(SyncId)]));
  const rows = documents.map((document, place) => ({
    ...document,
    id: newId(DocumentId),
    entityId: `e${place}`,
    connectionId: connectionIds.get(document.sourceName) ?? newId(SourceConnectionId),
    syncId: syncIds.get(document.sourceName) ?? newId(SyncId),
  }));
  await addRows();
  const ref = { scope: new Scope(fixture.owner.organization.id), collectionId, generation: 1 };
  await index.create(ref, { dimensions });
  await index.upsert(ref, rows.flatMap(toChunks));
  return {
    ...fixture,
    key: await fixture.createKey(),
    index,
    collectionId,
    connectionIds,
    syncIds,
    close: async () => {
      await fixture.close();
      await index.close();
      await rm(directory, { recursive: true });
    },
  };

  async function addRows(): Promise<void> {
    const owner = { organization_id: fixture.owner.organization.id };
    const queries = fixture.database.system();
    const collection = {
      id: collectionId,
      name: 'Papers',
      readable_id: 'papers',
      encoder_name: 'spelling',
      dimensions,
    };
    await queries
      .insertInto('collections')
      .values({ ...owner, ...collection })
      .execute();
    for (const [source, id] of connectionIds) {
      const connection = { name: source, short_name: source, auth_method: 'direct', is_authenticated: true } as const;
      await queries
        .insertInto('source_connections')
        .values({ ...owner, ...connection, id, collection_id: collectionId })
        .execute();
      const sync = { id: syncIds.get(source) ?? newId(SyncId), source_connection_id: id };
      await queries
        .insertInto('syncs')
        .values({ ...owner, ...sync })
        .execute();
    }
    for (const row of rows) {
      const access = row.viewers === undefined ? null : JSON.stringify({ viewers: row.viewers, isPublic: false });
      await queries
        .insertInto('documents')
        .values({
          ...owner,
          id: row.id,
          collection_id: collectionId,
          source_connection_id: row.connectionId,
          sync_id: row.syncId,
          entity_id: row.entityId,
          entity_type: row.entityType,
          name: row.name,
          state: 'indexed',
          version: 1,
          chunk_count: 1 + (row.furtherPassages?.length ?? 0),
          source_created_at: row.createdAt ?? null,
          source_updated_at: row.updatedAt ?? null,
          metadata: JSON.stringify(row.fields ?? {}),
          access,
        })
        .execute();
    }
  }

  function toChunks(row: (typeof rows)[number]): readonly IndexChunk[] {
    const passages = [row.text, ...(row.furtherPassages ?? [])];
    return passages.map((text, chunkIndex) => ({
      chunkId: `${row.id}-${chunkIndex}`,
      documentId: row.id,
      version: 1,
      connectionId: row.connectionId,
      syncId: row.syncId,
      syncJobId: 'job',
      sourceName: row.sourceName,
      entityId: row.entityId,
      entityType: row.entityType,
      name: row.name,
      breadcrumbs: [],
      url: null,
      createdAt: row.createdAt ?? null,
      updatedAt: row.updatedAt ?? null,
      chunkIndex,
      chunkCount: passages.length,
      headings: [],
      text,
      viewers: row.viewers ?? null,
      isPublic: row.viewers === undefined ? null : false,
      fields: row.fields ?? {},
      vector: embed(`${row.name} ${text}`),
    }));
  }
}
