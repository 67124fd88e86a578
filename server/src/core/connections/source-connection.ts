import type { ErrorCategory } from '../../connector-kit/index.ts';
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
  /** Why the source takes its credentials no longer; null: it does, as far as is known. */
  readonly credentialsError: ErrorCategory | null;
  /** Its newest sign-in in the browser; null: there was none. */
  readonly signIn: ConnectionSignIn | null;
  /** Whose it is, when an end user made it; null: nobody's in particular. */
  readonly endUserId: string | null;
  /** Where its credentials come from, with `authMethod` 'auth_provider'; null otherwise. */
  readonly authProvider: { readonly readableId: string; readonly shortName: string } | null;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  /** Null when it was made with neither a schedule nor an immediate run. */
  readonly sync: ConnectionSync | null;
  /** The newest job; null when it never ran. */
  readonly latestJob: SyncJob | null;
}

/** A sign-in in the browser, as far as whoever looks at the connection is concerned. */
export interface ConnectionSignIn {
  /** The link that leads to the source; null: it was opened. */
  readonly url: string | null;
  readonly expiresAt: Date;
  /** Where the browser goes in the end. */
  readonly redirectUrl: string;
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
export function statusOf(
  connection: Pick<SourceConnection, 'isAuthenticated' | 'latestJob' | 'credentialsError'>,
): ConnectionStatus {
  if (!connection.isAuthenticated) return 'pending_auth';
  switch (connection.latestJob?.status) {
    case 'running':
    case 'cancelling':
      return 'syncing';
    case 'failed':
      return credentialsErrorOf(connection) === null ? 'error' : 'needs_reauth';
    default:
      return connection.credentialsError === null ? 'active' : 'needs_reauth';
  }
}

/** What is wrong with the credentials, as the newest run or the last use of them found; null: nothing. */
export function credentialsErrorOf(
  connection: Pick<SourceConnection, 'latestJob' | 'credentialsError'>,
): ErrorCategory | null {
  const { latestJob, credentialsError } = connection;
  return credentialsError ?? (latestJob?.status === 'failed' ? latestJob.errorCategory : null);
}
