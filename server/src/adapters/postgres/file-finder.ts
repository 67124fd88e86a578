import { sql } from 'kysely';
import type { FileFinder, FoundFile } from '../../core/documents/index.ts';
import { DocumentId } from '../../core/shared/index.ts';
import type { Database } from './database.ts';
import { mayBeSeenBy } from './searcher-rights.ts';

/** More documents of the same ids are not looked at. */
const maxFound = 5_000;

export function createFileFinder(database: Database): FileFinder {
  return {
    async find(scope, ids, collections) {
      const own = ids.filter((id) => DocumentId.safeParse(id).success);
      const { rows } = await sql<FoundFile>`
        select document.id, document.entity_id as "entityId", document.name, document.collection_id as "collectionId",
          collection.readable_id as "readableCollectionId"
        from documents as document
        join source_connections as connection on connection.id = document.source_connection_id and connection.deleted_at is null
        join collections as collection on collection.id = document.collection_id and collection.deleted_at is null
        where document.organization_id = ${scope.organizationId} and document.version > 0 and document.excluded_at is null
          and (document.entity_id = any(${ids}::text[]) or document.id = any(${own}::uuid[]))
          and (${collections}::text[] is null or collection.readable_id = any(${collections}::text[]))
        order by document.id limit ${maxFound}`.execute(database.scoped(scope));
      return rows;
    },

    async filterVisible(scope, ids, principals) {
      const { rows } = await sql<{ id: DocumentId }>`
        select id from documents as document
        where organization_id = ${scope.organizationId} and id = any(${ids}::uuid[]) and ${mayBeSeenBy(principals)}`.execute(
        database.scoped(scope),
      );
      return new Set(rows.map(({ id }) => id));
    },
  };
}
