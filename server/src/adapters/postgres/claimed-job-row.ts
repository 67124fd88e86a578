import {
  CollectionId,
  OrganizationId,
  ProviderConnectionId,
  Scope,
  SourceConnectionId,
  SyncId,
  SyncJobId,
} from '../../core/shared/index.ts';
import type { ClaimedJob, RunPosition } from '../../core/sync/index.ts';

/** What claiming a job selects. */
export interface ClaimedRow {
  id: string;
  organization_id: string;
  sync_id: string;
  trigger: ClaimedJob['trigger'];
  force_full: boolean;
  attempts: number;
  run_number: number | null;
  is_full: boolean | null;
  position: { streams?: RunPosition['streams']; done?: RunPosition['done'] };
  entities_inserted: number;
  entities_updated: number;
  entities_deleted: number;
  entities_kept: number;
  entities_skipped: number;
  bytes_read: number;
  api_calls: number;
  retries: number;
  cursors: ClaimedJob['cursors'];
  last_full_run_at: Date | null;
  has_recent_failures: boolean;
  connection_id: string;
  short_name: string;
  auth_method: ClaimedJob['connection']['authMethod'];
  config: ClaimedJob['connection']['config'];
  credentials: Buffer | null;
  auth_provider_connection_id: string | null;
  auth_provider_config: ClaimedJob['connection']['config'] | null;
  selection: string[] | null;
  collection_id: string;
  index_generation: number;
  dimensions: number;
  encoder_name: string;
}

export function toClaimedJob(row: ClaimedRow, owner: string): ClaimedJob {
  const scope = new Scope(OrganizationId.parse(row.organization_id));
  return {
    id: SyncJobId.parse(row.id),
    scope,
    syncId: SyncId.parse(row.sync_id),
    trigger: row.trigger,
    forceFull: row.force_full,
    leaseOwner: `${owner}#${row.attempts}`,
    attempts: row.attempts,
    before: {
      counts: {
        inserted: row.entities_inserted,
        updated: row.entities_updated,
        deleted: row.entities_deleted,
        kept: row.entities_kept,
        failed: row.entities_skipped,
      },
      bytesRead: row.bytes_read,
      apiCalls: row.api_calls,
      retries: row.retries,
    },
    run: row.run_number === null ? null : { number: row.run_number, isFull: row.is_full ?? false },
    position: { streams: row.position.streams ?? {}, done: row.position.done ?? [] },
    cursors: row.cursors,
    lastFullRunAt: row.last_full_run_at,
    hasRecentFailures: row.has_recent_failures,
    connection: {
      id: SourceConnectionId.parse(row.connection_id),
      shortName: row.short_name,
      authMethod: row.auth_method,
      config: row.config,
      sealedCredentials: row.credentials,
      authProvider:
        row.auth_provider_connection_id === null
          ? null
          : {
              connectionId: ProviderConnectionId.parse(row.auth_provider_connection_id),
              config: row.auth_provider_config ?? {},
            },
      ...(row.selection === null ? {} : { selection: row.selection }),
    },
    index: { scope, collectionId: CollectionId.parse(row.collection_id), generation: row.index_generation },
    dimensions: row.dimensions,
    encoderName: row.encoder_name,
  };
}
