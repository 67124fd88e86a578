import { randomUUID } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import type { SourceRateLimit, SourceRateLimitStore } from '../../core/quotas/index.ts';
import type { Scope } from '../../core/shared/index.ts';
import type { Database } from './database.ts';
import type { SourceRateLimitsTable } from './tables.ts';

export function createSourceRateLimitStore(database: Database): SourceRateLimitStore {
  const select = (scope: Scope) =>
    database
      .scoped(scope)
      .selectFrom('source_rate_limits')
      .selectAll()
      .where('organization_id', '=', scope.organizationId);
  return {
    async list(scope) {
      return (await select(scope).orderBy('source_short_name').execute()).map(toLimit);
    },

    async find(scope, sourceName) {
      const row = await select(scope).where('source_short_name', '=', sourceName).executeTakeFirst();
      return row && toLimit(row);
    },

    async put(scope, sourceName, { maxRequests, windowSeconds }) {
      const limit = { max_requests: maxRequests, window_seconds: windowSeconds };
      const row = await database
        .scoped(scope)
        .insertInto('source_rate_limits')
        .values({
          id: randomUUID(),
          organization_id: scope.organizationId,
          source_short_name: sourceName,
          ...limit,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['organization_id', 'source_short_name'])
            .doUpdateSet({ ...limit, modified_at: sql<Date>`now()` }),
        )
        .returningAll()
        .executeTakeFirstOrThrow();
      return toLimit(row);
    },

    async delete(scope, sourceName) {
      await database
        .scoped(scope)
        .deleteFrom('source_rate_limits')
        .where('organization_id', '=', scope.organizationId)
        .where('source_short_name', '=', sourceName)
        .execute();
    },
  };
}

function toLimit(row: Selectable<SourceRateLimitsTable>): SourceRateLimit {
  return {
    id: row.id,
    sourceName: row.source_short_name,
    maxRequests: row.max_requests,
    windowSeconds: row.window_seconds,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  };
}
