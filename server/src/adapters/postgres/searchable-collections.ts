import { sql } from 'kysely';
import type { SearchableCollections } from '../../core/search/index.ts';
import type { CollectionId } from '../../core/shared/index.ts';
import type { Database } from './database.ts';

export function createSearchableCollections(database: Database): SearchableCollections {
  return {
    list: async (scope, { readableIds, limit }) => {
      const rows = await database
        .scoped(scope)
        .selectFrom('collections')
        .select(['id', 'readable_id', 'index_generation', 'encoder_name'])
        .where('organization_id', '=', scope.organizationId)
        .where('deleted_at', 'is', null)
        .$if(readableIds !== null, (query) => query.where(sql<boolean>`readable_id = any(${readableIds}::text[])`))
        .orderBy('readable_id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        // The database only holds ids that were parsed when they were made.
        id: row.id as CollectionId,
        readableId: row.readable_id,
        generation: row.index_generation,
        encoderName: row.encoder_name,
      }));
    },
  };
}
