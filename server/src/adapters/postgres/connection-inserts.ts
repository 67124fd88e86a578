import type { Transaction } from 'kysely';
import type { NewConnection } from '../../core/connections/index.ts';
import { connectionEvent } from '../../core/events/index.ts';
import { AppError, type Scope, type SyncId, type SyncJobId } from '../../core/shared/index.ts';
import { appendEvents } from './event-outbox.ts';
import { notifyJobs } from './job-signal.ts';
import { appendSyncEvents } from './sync-events.ts';
import type { SyncJobsTable, Tables } from './tables.ts';

/** Also used where a push makes the collection's implicit connection. */
export async function insertConnection(
  transaction: Transaction<Tables>,
  scope: Scope,
  connection: NewConnection,
): Promise<void> {
  // Locked, so that a delete of the collection either sees this connection or is seen here.
  const collection = await transaction
    .selectFrom('collections')
    .select(['id', 'readable_id'])
    .where('organization_id', '=', scope.organizationId)
    .where('id', '=', connection.collectionId)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  if (collection === undefined) throw new AppError('not_found', 'Collection not found');
  await transaction
    .insertInto('source_connections')
    .values({
      id: connection.id,
      organization_id: scope.organizationId,
      collection_id: connection.collectionId,
      name: connection.name,
      description: connection.description,
      short_name: connection.shortName,
      config: JSON.stringify(connection.config),
      credentials: connection.sealedCredentials === null ? null : Buffer.from(connection.sealedCredentials),
      auth_method: connection.authMethod,
      ...(connection.authProvider === undefined
        ? {}
        : {
            auth_provider_connection_id: connection.authProvider.connectionId,
            auth_provider_config: JSON.stringify(connection.authProvider.config),
          }),
      is_authenticated: connection.isAuthenticated ?? true,
      created_by_email: connection.createdByEmail,
      modified_by_email: connection.createdByEmail,
      end_user_id: connection.endUserId ?? null,
    })
    .execute();
  const created = {
    id: connection.id,
    collectionReadableId: collection.readable_id,
    sourceType: connection.shortName,
    isAuthenticated: connection.isAuthenticated ?? true,
  };
  await appendEvents(transaction, scope, [connectionEvent('source_connection.created', created, new Date())]);
  if (connection.sync === null) return;
  await transaction
    .insertInto('syncs')
    .values({
      id: connection.sync.id,
      organization_id: scope.organizationId,
      source_connection_id: connection.id,
      cron: connection.sync.cron,
      time_zone: connection.sync.timeZone,
      is_continuous: connection.sync.isContinuous,
      next_run_at: connection.sync.nextRunAt,
    })
    .execute();
  if (connection.job !== null) {
    await insertJob(transaction, scope, connection.sync.id, { ...connection.job, forceFull: false });
  }
}

export async function insertJob(
  transaction: Transaction<Tables>,
  scope: Scope,
  syncId: SyncId,
  job: { readonly id: SyncJobId; readonly trigger: SyncJobsTable['trigger']; readonly forceFull: boolean },
): Promise<void> {
  await transaction
    .insertInto('sync_jobs')
    .values({
      id: job.id,
      organization_id: scope.organizationId,
      sync_id: syncId,
      status: 'pending',
      trigger: job.trigger,
      force_full: job.forceFull,
    })
    .execute();
  await appendSyncEvents(transaction, [job.id], 'sync.pending');
  await notifyJobs(transaction);
}
