import { sql } from 'kysely';
import type {
  AuditAction,
  AuditActor,
  AuditEntry,
  AuditLog,
  AuditObjectType,
  AuditReader,
  AuditRecord,
} from '../../core/audit/index.ts';
import { OrganizationId, type Scope, UserId } from '../../core/shared/index.ts';
import type { AuditLogTable } from './account-tables.ts';
import type { Database, Queries } from './database.ts';
import { toStorableJson } from './storable-json.ts';

/**
 * Adds an entry. Called with the transaction of the change it tells of, so that neither is there without the other.
 *
 * @param queries of the organisation, or the system's
 */
export async function writeAuditEntry(
  queries: Queries,
  scope: Scope,
  actor: AuditActor,
  entry: AuditEntry,
  at: Date = new Date(),
): Promise<void> {
  await queries
    .insertInto('audit_log')
    .values({
      organization_id: scope.organizationId,
      at,
      action: entry.action,
      actor_kind: actor.kind,
      actor_id: actor.userId,
      actor_email: actor.email,
      api_key_id: actor.apiKeyId ?? null,
      object_type: entry.objectType,
      object_id: entry.objectId,
      details: toStorableJson(entry.details ?? {}),
      request_id: actor.request?.requestId ?? null,
      address: actor.request?.address ?? null,
    })
    .execute();
}

export function createAuditLog(database: Database): AuditLog & AuditReader {
  return {
    record: (scope, actor, entry) => writeAuditEntry(database.scoped(scope), scope, actor, entry),

    async list(scope, filter, { before, limit }) {
      const { action, actorEmail, objectType, objectId, since, until } = filter;
      const rows = await database
        .scoped(scope)
        .selectFrom('audit_log')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .$if(before !== null, (query) => query.where('id', '<', before))
        .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
        .$if(actorEmail !== undefined, (query) => query.where('actor_email', '=', actorEmail ?? ''))
        .$if(objectType !== undefined, (query) => query.where('object_type', '=', objectType ?? ''))
        .$if(objectId !== undefined, (query) => query.where('object_id', '=', objectId ?? ''))
        .$if(since !== undefined, (query) => query.where('at', '>=', since ?? new Date(0)))
        .$if(until !== undefined, (query) => query.where('at', '<', until ?? new Date(0)))
        .orderBy('id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(toRecord);
    },

    async findRetention(scope) {
      const row = await database
        .scoped(scope)
        .selectFrom('audit_settings')
        .select('retention_days')
        .where('organization_id', '=', scope.organizationId)
        .executeTakeFirst();
      return row?.retention_days ?? null;
    },

    setRetention: (scope, actor, retentionDays) =>
      database
        .scoped(scope)
        .transaction()
        .execute(async (queries) => {
          await queries
            .insertInto('audit_settings')
            .values({ organization_id: scope.organizationId, retention_days: retentionDays })
            .onConflict((conflict) => conflict.column('organization_id').doUpdateSet({ retention_days: retentionDays }))
            .execute();
          await writeAuditEntry(queries, scope, actor, {
            action: 'settings.changed',
            objectType: 'setting',
            objectId: 'audit_log_retention_days',
            details: { value: retentionDays },
          });
        }),

    async removeOld(now, defaultDays, limit) {
      const { rows } = await sql<{ removed: number }>`
        select remove_old_audit_entries(${now}, ${defaultDays}, ${limit}) as removed`.execute(database.system());
      return rows[0]?.removed ?? 0;
    },
  };
}

type AuditLogRow = Omit<AuditLogTable, 'id' | 'details'> & { id: number; details: AuditRecord['details'] };

function toRecord(row: AuditLogRow): AuditRecord {
  return {
    id: row.id,
    organizationId: OrganizationId.parse(row.organization_id),
    at: row.at,
    // Only `writeAuditEntry` writes them.
    action: row.action as AuditAction,
    objectType: row.object_type as AuditObjectType,
    objectId: row.object_id,
    details: row.details,
    actorKind: row.actor_kind,
    actorId: row.actor_id === null ? null : UserId.parse(row.actor_id),
    actorEmail: row.actor_email,
    apiKeyId: row.api_key_id,
    requestId: row.request_id,
    address: row.address,
  };
}
