import { type RawBuilder, sql } from 'kysely';
import { type Role, type SwitchedFeature, toEnabledFeatures } from '../../core/access/index.ts';
import type {
  AdministrationStore,
  OrganizationOrder,
  OrganizationReport,
  SyncPlace,
} from '../../core/administration/index.ts';
import {
  type JsonObject,
  OrganizationId,
  Scope,
  SourceConnectionId,
  SyncId,
  SyncJobId,
} from '../../core/shared/index.ts';
import type { Database, Queries } from './database.ts';
import { listSyncs } from './sync-reports.ts';

/** Reads across organisations, for those who may; changes are bound to the organisation that they are in. */
export function createAdministrationStore(database: Database): AdministrationStore {
  const within = (scope: Scope | null) => (scope === null ? database.system() : database.scoped(scope));
  return {
    async listOrganizations({ search, order, isDescending, skip, limit, userId }) {
      const { rows } = await sql<OrganizationRow>`
        select * from (${organizationReports(userId)}) as report
        where ${search}::text is null or strpos(lower(name), lower(${search}::text)) > 0
        order by ${sql.ref(order satisfies OrganizationOrder)} ${sql.raw(isDescending ? 'desc nulls last' : 'asc nulls last')}, id
        offset ${skip} limit ${limit}`.execute(database.system());
      return rows.map(toReport);
    },

    async hasOrganization(id) {
      const { rows } = await sql`select from organizations where id = ${id} and deleted_at is null`.execute(
        database.system(),
      );
      return rows.length > 0;
    },

    async putMember(scope, userId, role) {
      await database
        .scoped(scope)
        .insertInto('memberships')
        .values({ organization_id: scope.organizationId, user_id: userId, role })
        .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doUpdateSet({ role }))
        .execute();
    },

    listSyncs: (scope, filter, options) => listSyncs(within(scope), scope, filter, options),

    findSync: (scope, id) => findPlace(within(scope), scope, sql`sync.id = ${id}`),
    findSyncOfConnection: (scope, id) => findPlace(within(scope), scope, sql`connection.id = ${id}`),
    findSyncOfJob: (scope, id) =>
      findPlace(within(scope), scope, sql`sync.id = (select sync_id from sync_jobs where id = ${id})`),

    async clearCursors(scope, id) {
      const { rows } = await sql<{ had: boolean }>`
        update syncs set cursors = '{}', modified_at = now() from syncs as old
        where syncs.id = ${id} and syncs.organization_id = ${scope.organizationId} and old.id = syncs.id
        returning old.cursors <> '{}' as had`.execute(database.scoped(scope));
      return rows[0]?.had ?? false;
    },
  };
}

function organizationReports(userId: string | null): RawBuilder<unknown> {
  return sql`
    select id, name, description, created_at, modified_at,
      (select count(*) from memberships where organization_id = organization.id) as user_count,
      (select count(*) from source_connections where organization_id = organization.id and deleted_at is null
        and short_name <> 'documents') as source_connection_count,
      (select coalesce(sum(documents), 0)::bigint from usage_changes where organization_id = organization.id) as entity_count,
      (select coalesce(sum(queries), 0)::bigint from usage_counts where organization_id = organization.id) as query_count,
      (select max(last_active_at) from memberships join users on users.id = user_id
        where organization_id = organization.id) as last_active_at,
      (select role from memberships where organization_id = organization.id and user_id = ${userId}::uuid) as member_role,
      (select coalesce(jsonb_agg(jsonb_build_object('flag', flag, 'isEnabled', is_enabled)), '[]')
        from organization_features where organization_id = organization.id) as features
    from organizations as organization where deleted_at is null`;
}

interface OrganizationRow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly created_at: Date;
  readonly modified_at: Date;
  readonly user_count: number;
  readonly source_connection_count: number;
  readonly entity_count: number;
  readonly query_count: number;
  readonly last_active_at: Date | null;
  readonly member_role: Role | null;
  readonly features: readonly SwitchedFeature[];
}

function toReport(row: OrganizationRow): OrganizationReport {
  return {
    id: OrganizationId.parse(row.id),
    name: row.name,
    description: row.description,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    userCount: row.user_count,
    sourceConnectionCount: row.source_connection_count,
    entityCount: row.entity_count,
    queryCount: row.query_count,
    lastActiveAt: row.last_active_at,
    memberRole: row.member_role,
    features: toEnabledFeatures(row.features),
  };
}

async function findPlace(
  queries: Queries,
  scope: Scope | null,
  condition: RawBuilder<unknown>,
): Promise<SyncPlace | undefined> {
  const { rows } = await sql<PlaceRow>`
    select sync.organization_id, sync.id, sync.source_connection_id, sync.cursors, sync.modified_at,
      (select id from sync_jobs where sync_id = sync.id and status in ('created', 'pending', 'running', 'cancelling')) as job_id
    from syncs as sync join source_connections as connection on connection.id = sync.source_connection_id
    where connection.deleted_at is null and ${condition}
      and (${scope?.organizationId ?? null}::uuid is null or sync.organization_id = ${scope?.organizationId ?? null}::uuid)`.execute(
    queries,
  );
  const row = rows[0];
  return (
    row && {
      scope: new Scope(OrganizationId.parse(row.organization_id)),
      syncId: SyncId.parse(row.id),
      connectionId: SourceConnectionId.parse(row.source_connection_id),
      cursors: row.cursors,
      modifiedAt: row.modified_at,
      activeJobId: row.job_id === null ? null : SyncJobId.parse(row.job_id),
    }
  );
}

interface PlaceRow {
  readonly organization_id: string;
  readonly id: string;
  readonly source_connection_id: string;
  readonly cursors: JsonObject;
  readonly modified_at: Date;
  readonly job_id: string | null;
}
