import { sql, type Transaction } from 'kysely';
import type { AuthMethod, BrowseStore } from '../../core/connections/index.ts';
import { AppError, ProviderConnectionId, type Scope, SourceConnectionId, SyncJobId } from '../../core/shared/index.ts';
import { activeJobStatuses } from '../../core/sync/index.ts';
import { insertJob } from './connection-inserts.ts';
import { getJob } from './connection-rows.ts';
import type { Database } from './database.ts';
import { notifyJobs } from './job-signal.ts';
import { appendSyncEvents } from './sync-events.ts';
import type { Tables } from './tables.ts';

type Selection = Parameters<BrowseStore['replaceSelections']>[1];

export function createBrowseStore(database: Database): BrowseStore {
  return {
    async findAccess(scope, id) {
      const row = await database
        .scoped(scope)
        .selectFrom('source_connections')
        .select(['id', 'short_name', 'auth_method', 'config', 'credentials'])
        .select(['auth_provider_connection_id', 'auth_provider_config'])
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const provider = row.auth_provider_connection_id;
      return {
        id: SourceConnectionId.parse(row.id),
        shortName: row.short_name,
        // Written from the same closed list.
        authMethod: row.auth_method as AuthMethod,
        config: row.config,
        sealedCredentials: row.credentials,
        authProvider:
          provider === null
            ? null
            : { connectionId: ProviderConnectionId.parse(provider), config: row.auth_provider_config ?? {} },
      };
    },

    async listSelections(scope, id) {
      const rows = await database
        .scoped(scope)
        .selectFrom('browse_selections')
        .select('source_node_id')
        .where('organization_id', '=', scope.organizationId)
        .where('source_connection_id', '=', id)
        .orderBy('position')
        .execute();
      return rows.map((row) => row.source_node_id);
    },

    async replaceSelections(scope, selection, jobId) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          await lockSync(transaction, scope, selection);
          const before = await replaceRows(transaction, scope, selection);
          if (isNarrower(before, selection.nodeIds)) await confirmDeletions(transaction, scope, selection);
          const restarted = await restartActiveJob(transaction, scope, selection);
          if (restarted !== undefined) return getJob(transaction, scope, restarted);
          await insertJob(transaction, scope, selection.syncId, { id: jobId, trigger: 'manual', forceFull: true });
          return getJob(transaction, scope, jobId);
        });
    },
  };
}

/** One selection at a time, and none of a connection that is being deleted. */
async function lockSync(transaction: Transaction<Tables>, scope: Scope, { id, syncId }: Selection): Promise<void> {
  const row = await transaction
    .selectFrom('syncs as sync')
    .innerJoin('source_connections as connection', 'connection.id', 'sync.source_connection_id')
    .select('sync.id')
    .where('sync.organization_id', '=', scope.organizationId)
    .where('sync.id', '=', syncId)
    .where('connection.id', '=', id)
    .where('connection.deleted_at', 'is', null)
    .forUpdate('sync')
    .executeTakeFirst();
  if (row === undefined) throw new AppError('not_found', 'Source connection not found');
}

/** @returns what was chosen before */
async function replaceRows(
  transaction: Transaction<Tables>,
  scope: Scope,
  { id, nodeIds }: Selection,
): Promise<readonly string[]> {
  const before = await transaction
    .deleteFrom('browse_selections')
    .where('organization_id', '=', scope.organizationId)
    .where('source_connection_id', '=', id)
    .returning('source_node_id')
    .execute();
  if (nodeIds.length > 0) {
    await sql`
      insert into browse_selections (source_connection_id, source_node_id, organization_id, position)
      select ${id}, chosen.node, ${scope.organizationId}, chosen.position
      from unnest(${[...nodeIds]}::text[]) with ordinality as chosen (node, position)`.execute(transaction);
  }
  return before.map((row) => row.source_node_id);
}

/** Without a row everything is chosen. */
function isNarrower(before: readonly string[], after: readonly string[]): boolean {
  if (after.length === 0) return false;
  const kept = new Set(after);
  return before.length === 0 || before.some((node) => !kept.has(node));
}

/** However much the next full run misses, a person has said that it may go. */
async function confirmDeletions(transaction: Transaction<Tables>, scope: Scope, { id, syncId }: Selection) {
  await sql`
    update syncs set held_deletions = jsonb_build_object('count', counted.documents, 'total', counted.documents,
      'run_number', run_number, 'is_confirmed', true)
    from (select count(*) as documents from documents
      where organization_id = ${scope.organizationId} and source_connection_id = ${id}) counted
    where organization_id = ${scope.organizationId} and id = ${syncId}`.execute(transaction);
}

/**
 * A run that reads another selection begins again: its worker loses the lease at its next write, and whoever takes the job up
 * reads everything that is chosen now. One that is to end is ended, to make room for another.
 *
 * @returns the job, unless there is none to begin again
 */
async function restartActiveJob(
  transaction: Transaction<Tables>,
  scope: Scope,
  { syncId }: Selection,
): Promise<SyncJobId | undefined> {
  const active = await transaction
    .selectFrom('sync_jobs')
    .select(['id', 'status'])
    .where('organization_id', '=', scope.organizationId)
    .where('sync_id', '=', syncId)
    .where('status', 'in', activeJobStatuses)
    .forUpdate()
    .executeTakeFirst();
  if (active === undefined) return undefined;
  const isEnding = active.status === 'cancelling';
  await transaction
    .updateTable('sync_jobs')
    .set(
      isEnding
        ? { status: 'cancelled', completed_at: sql<Date>`now()`, lease_owner: null, lease_expires_at: null }
        : {
            ...{ force_full: true, run_number: null, is_full: null, position: '{}', resume_at: null },
            ...{ lease_owner: null, lease_expires_at: sql<Date>`now() - interval '1 second'` },
          },
    )
    .where('organization_id', '=', scope.organizationId)
    .where('id', '=', active.id)
    .execute();
  if (isEnding) await appendSyncEvents(transaction, [active.id], 'sync.cancelled');
  await notifyJobs(transaction);
  return isEnding ? undefined : SyncJobId.parse(active.id);
}
