import { type RawBuilder, sql } from 'kysely';
import type { DocumentFinder, DocumentOrder, DocumentSelection, FoundDocument } from '../../core/search/index.ts';
import {
  AppError,
  type CollectionId,
  type DocumentId,
  type Scope,
  type SourceConnectionId,
} from '../../core/shared/index.ts';
import type { Database, Queries } from './database.ts';
import { readFacets } from './document-facets.ts';
import { filterToSql } from './filter-to-sql.ts';
import { isCancelled } from './postgres-errors.ts';
import { generatedStatement } from './scoped-dialect.ts';
import { mayBeSeenBy } from './searcher-rights.ts';

const timeLimitMs = 10_000;

export function createDocumentFinder(database: Database): DocumentFinder {
  return {
    count: (scope, collectionId, selection) =>
      withinTime(database.scoped(scope), async (queries) => {
        const { rows } = await sql<{ count: number }>`
          ${generatedStatement} select count(*) as count from ${selected(scope, collectionId, selection)}`.execute(
          queries,
        );
        return rows[0]?.count ?? 0;
      }),

    list: (scope, collectionId, selection, { order, offset, limit }) =>
      withinTime(database.scoped(scope), async (queries) => {
        const { rows } = await sql<DocumentRow>`
          ${generatedStatement} select document.id, document.source_connection_id, connection.short_name, document.entity_id,
            document.entity_type, document.name, document.url, document.breadcrumbs, document.source_created_at,
            document.source_updated_at, document.chunk_count
          from ${selected(scope, collectionId, selection)}
          order by ${orders[order]}, document.id offset ${offset} limit ${limit}`.execute(queries);
        return rows.map(toFound);
      }),

    facets: (scope, collectionId, selection, request) =>
      withinTime(database.scoped(scope), (queries) =>
        readFacets(queries, selected(scope, collectionId, selection), request),
      ),
  };
}

/** The rows `document` and `connection` of what is meant: of what searches show, what the searcher may see and the filter lets through. */
function selected(
  scope: Scope,
  collectionId: CollectionId,
  { filter, principals }: DocumentSelection,
): RawBuilder<unknown> {
  return sql`documents as document
    join source_connections as connection on connection.id = document.source_connection_id and connection.deleted_at is null
    where document.organization_id = ${scope.organizationId} and document.collection_id = ${collectionId}
      and document.version > 0 and document.excluded_at is null and ${mayBeSeenBy(principals)}
      and ${filter === undefined ? sql`true` : filterToSql(filter)}`;
}

const newestChange = sql`coalesce(document.source_updated_at, document.source_created_at)`;
const orders = {
  newest: sql`${newestChange} desc nulls last`,
  oldest: sql`${newestChange} asc nulls last`,
  name: sql`document.name collate "und-x-icu"`,
} as const satisfies Record<DocumentOrder, RawBuilder<unknown>>;

/**
 * A filter may read every document of a collection: it gets so much time and no more. Compiling such a statement takes longer than
 * it saves.
 */
async function withinTime<T>(queries: Queries, work: (queries: Queries) => Promise<T>): Promise<T> {
  try {
    return await queries.transaction().execute(async (transaction) => {
      await sql`select set_config('statement_timeout', ${String(timeLimitMs)}, true), set_config('jit', 'off', true)`.execute(
        transaction,
      );
      return work(transaction);
    });
  } catch (error) {
    if (!isCancelled(error)) throw error;
    throw new AppError(
      'unavailable',
      `The documents could not be looked through in ${timeLimitMs / 1000} s. Ask with a narrower filter, for example by source and entity type, or try again later.`,
      { cause: error },
    );
  }
}

interface DocumentRow {
  readonly id: string;
  readonly source_connection_id: string;
  readonly short_name: string;
  readonly entity_id: string;
  readonly entity_type: string;
  readonly name: string;
  readonly url: string | null;
  readonly breadcrumbs: FoundDocument['breadcrumbs'];
  readonly source_created_at: Date | null;
  readonly source_updated_at: Date | null;
  readonly chunk_count: number;
}

function toFound(row: DocumentRow): FoundDocument {
  return {
    // The database only holds ids that were parsed when they were made.
    id: row.id as DocumentId,
    connectionId: row.source_connection_id as SourceConnectionId,
    sourceName: row.short_name,
    entityId: row.entity_id,
    entityType: row.entity_type,
    name: row.name,
    url: row.url,
    breadcrumbs: row.breadcrumbs,
    createdAt: row.source_created_at,
    updatedAt: row.source_updated_at,
    chunkCount: row.chunk_count,
  };
}
