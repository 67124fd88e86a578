import type { JsonObject, SourceConnectionId, SyncId } from '../shared/index.ts';
import type { SyncJob } from '../sync/sync-job.ts';

export type AuthMethod = 'direct' | 'oauth_browser' | 'oauth_token' | 'oauth_byoc' | 'auth_provider';

/** One user's authorised, configured use of a source. */
export interface SourceConnection {
  readonly id: SourceConnectionId;
  readonly organizationId: string;
  readonly name: string;
  readonly description: string | null;
  readonly shortName: string;
  readonly readableCollectionId: string;
  readonly config: JsonObject;
  readonly authMethod: AuthMethod;
  readonly isAuthenticated: boolean;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  /** Null when it was made with neither a schedule nor an immediate run. */
  readonly sync: ConnectionSync | null;
  /** The newest job; null when it never ran. */
  readonly latestJob: SyncJob | null;
}

/** The standing instruction to keep a connection fresh. */
export interface ConnectionSync {
  readonly id: SyncId;
  readonly status: 'active' | 'paused' | 'inactive' | 'error';
  /** A person's pause ends with `resume`, one for refused credentials also with new ones. */
  readonly pausedBy: 'person' | 'credentials' | null;
  readonly cron: string | null;
  /** IANA name in which the cron expression is read. */
  readonly timeZone: string;
  readonly isContinuous: boolean;
  /** End of the last run that read everything. */
  readonly lastFullRunAt: Date | null;
  /** Deletions of a full run that wait for a decision. */
  readonly heldDeletions: { readonly count: number; readonly total: number } | null;
}

/** What a connection holds, per class of entity. */
export interface EntityCount {
  readonly entityType: string;
  readonly count: number;
  readonly lastUpdated: Date | null;
}

export const connectionStatuses = [
  'active',
  'pending_auth',
  'syncing',
  'error',
  'needs_reauth',
  'inactive',
  'pending_sync',
] as const;
export type ConnectionStatus = (typeof connectionStatuses)[number];

/** Computed at read time, never stored. */
export function statusOf(connection: Pick<SourceConnection, 'isAuthenticated' | 'latestJob'>): ConnectionStatus {
  if (!connection.isAuthenticated) return 'pending_auth';
  switch (connection.latestJob?.status) {
    case 'running':
    case 'cancelling':
      return 'syncing';
    case 'failed':
      return connection.latestJob.errorCategory === null ? 'error' : 'needs_reauth';
    default:
      return 'active';
  }
}
