import type { ColumnType, Generated } from 'kysely';
import type { ErrorCategory } from '../../connector-kit/index.ts';
import type { Json, JsonObject } from '../../core/shared/index.ts';
import type { SignInStatus } from '../../core/sign-in/index.ts';
import type { FailureBlame } from '../../core/sync/index.ts';
import type { AccountTables } from './account-tables.ts';
import type { AuthProviderConnectionsTable, BrowseSelectionsTable } from './auth-provider-tables.ts';
import type { LoggedSearchesTable, QueryLogSettingsTable, SearchFeedbackTable } from './query-log-tables.ts';

/** The rows of `server/migrations`, as the driver gives them: timestamptz is a Date, bigint a number, jsonb parsed. */

export type Timestamp = ColumnType<Date, Date | undefined, Date>;
/** jsonb: written as text, so that arrays are not taken for PostgreSQL arrays. */
type JsonColumn<T> = ColumnType<T, string, string>;
type OptionalJsonColumn<T> = ColumnType<T, string | undefined, string>;
type NullableJsonColumn<T> = ColumnType<T | null, string | null | undefined, string | null>;

export interface OrganizationsTable {
  id: string;
  name: string;
  description: string | null;
  org_metadata: NullableJsonColumn<JsonObject>;
  created_at: Timestamp;
  modified_at: Timestamp;
  deleted_at: Date | null;
}

export interface UsersTable {
  id: string;
  email: string;
  external_id: string | null;
  full_name: string | null;
  is_admin: Generated<boolean>;
  is_superuser: Generated<boolean>;
  created_at: Timestamp;
  modified_at: Timestamp;
  last_active_at: Date | null;
}

export interface MembershipsTable {
  organization_id: string;
  user_id: string;
  role: 'owner' | 'admin' | 'member';
  is_primary: Generated<boolean>;
  created_at: Timestamp;
}

export interface ApiKeysTable {
  id: string;
  organization_id: string;
  name: string | null;
  key_prefix: string;
  key_hash: Buffer;
  scopes: string[] | null;
  collections: string[] | null;
  expires_at: Date;
  created_at: Timestamp;
  modified_at: Timestamp;
  last_used_at: Date | null;
  created_by_email: string | null;
  modified_by_email: string | null;
}

export interface CollectionsTable {
  id: string;
  organization_id: string;
  name: string;
  readable_id: string;
  sync_config: NullableJsonColumn<JsonObject>;
  index_generation: Generated<number>;
  encoder_name: string;
  dimensions: number;
  created_at: Timestamp;
  modified_at: Timestamp;
  created_by_email: string | null;
  modified_by_email: string | null;
  deleted_at: Date | null;
}

export interface SourceConnectionsTable {
  id: string;
  organization_id: string;
  collection_id: string;
  name: string;
  description: string | null;
  short_name: string;
  config: OptionalJsonColumn<JsonObject>;
  credentials: Buffer | null;
  auth_method: string;
  is_authenticated: boolean;
  credentials_error: ErrorCategory | null;
  credentials_checked_at: Date | null;
  auth_provider_connection_id: string | null;
  auth_provider_config: NullableJsonColumn<JsonObject>;
  created_at: Timestamp;
  modified_at: Timestamp;
  created_by_email: string | null;
  modified_by_email: string | null;
  deleted_at: Date | null;
  end_user_id: string | null;
}

export interface SourceSignInsTable {
  id: string;
  organization_id: string;
  source_connection_id: string;
  status: SignInStatus;
  state_hash: Buffer;
  link_code: string | null;
  link_url: string | null;
  claim_hash: Buffer;
  initiator: string | null;
  redirect_url: string;
  schedule: NullableJsonColumn<JsonObject>;
  secrets: Buffer | null;
  created_at: Timestamp;
  expires_at: Date;
}

export interface ConnectSessionsTable {
  id: string;
  organization_id: string;
  collection_id: string;
  allowed_integrations: string[] | null;
  mode: 'all' | 'connect' | 'manage' | 'reauth';
  end_user_id: string | null;
  api_key_id: string | null;
  created_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
}

export interface SyncsTable {
  id: string;
  organization_id: string;
  source_connection_id: string;
  status: Generated<'active' | 'paused' | 'inactive' | 'error'>;
  cron: string | null;
  next_run_at: Date | null;
  run_number: Generated<number>;
  cursors: OptionalJsonColumn<Record<string, Json>>;
  time_zone: Generated<string>;
  is_continuous: Generated<boolean>;
  paused_by: 'person' | 'credentials' | null;
  last_full_run_at: Date | null;
  held_deletions: NullableJsonColumn<{ count: number; total: number; run_number: number; is_confirmed?: boolean }>;
  created_at: Timestamp;
  modified_at: Timestamp;
}

export interface SyncJobLogsTable {
  id: Generated<number>;
  organization_id: string;
  sync_job_id: string;
  at: Date;
  level: 'info' | 'warn' | 'error';
  message: string;
  entity: string | null;
}

export interface SyncJobsTable {
  id: string;
  organization_id: string;
  sync_id: string;
  status: 'created' | 'pending' | 'running' | 'completed' | 'failed' | 'cancelling' | 'cancelled';
  trigger: 'manual' | 'schedule' | 'push' | 'watch';
  force_full: Generated<boolean>;
  awaits_claim: Generated<boolean>;
  run_number: number | null;
  is_full: boolean | null;
  position: OptionalJsonColumn<{ streams?: Record<string, Json>; done?: string[] }>;
  entities_inserted: Generated<number>;
  entities_updated: Generated<number>;
  entities_deleted: Generated<number>;
  entities_kept: Generated<number>;
  entities_skipped: Generated<number>;
  error: string | null;
  error_category: string | null;
  waiting_for: string | null;
  lease_owner: string | null;
  lease_expires_at: Date | null;
  attempts: Generated<number>;
  created_at: Timestamp;
  started_at: Date | null;
  completed_at: Date | null;
  failed_at: Date | null;
  resume_at: Date | null;
  phase: 'validating' | 'reading' | 'sweeping' | 'finishing' | null;
  current_scope: string | null;
  rate: number | null;
  remaining: number | null;
  bytes_read: Generated<number>;
  api_calls: Generated<number>;
  retries: Generated<number>;
  entities_encountered: OptionalJsonColumn<Record<string, number>>;
  has_leftovers: Generated<boolean>;
  committed_version: Generated<number>;
  chunks_written: Generated<number>;
  batches: Generated<number>;
  batch_at: Date | null;
}

export interface DocumentsTable {
  id: string;
  organization_id: string;
  collection_id: string;
  source_connection_id: string;
  sync_id: string;
  entity_id: string;
  entity_type: string;
  name: string;
  url: string | null;
  state: 'indexed' | 'failed';
  error: string | null;
  tries: Generated<number>;
  version: Generated<number>;
  chunk_count: Generated<number>;
  entity_hash: string | null;
  content_hash: string | null;
  revision: string | null;
  raw_key: string | null;
  size_bytes: number | null;
  file_name: string | null;
  mime_type: string | null;
  metadata: OptionalJsonColumn<JsonObject>;
  breadcrumbs: OptionalJsonColumn<readonly JsonObject[]>;
  access: NullableJsonColumn<{ viewers: readonly string[]; isPublic: boolean }>;
  source_created_at: Date | null;
  source_updated_at: Date | null;
  seen_run: Generated<number>;
  error_blame: FailureBlame | null;
  first_failed_at: Date | null;
  last_failed_at: Date | null;
  excluded_at: Date | null;
  is_truncated: boolean | null;
  hidden_characters: number | null;
  created_at: Timestamp;
  modified_at: Timestamp;
}

export interface IndexDropsTable {
  id: Generated<number>;
  organization_id: string;
  collection_id: string;
  document_id: string;
  before_version: number;
  raw_key: string | null;
}

export interface PushedDocumentsTable {
  id: Generated<number>;
  organization_id: string;
  sync_id: string;
  entity_id: string;
  record: JsonColumn<JsonObject>;
  blob_key: string | null;
  created_at: Timestamp;
}

export interface ReindexesTable {
  id: string;
  organization_id: string;
  collection_id: string;
  status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
  generation: number;
  pipeline: string | null;
  documents_total: Generated<number>;
  documents_done: Generated<number>;
  documents_failed: Generated<number>;
  error: string | null;
  failures: Generated<number>;
  swapped_at: Date | null;
  lease_owner: string | null;
  lease_expires_at: Date | null;
  attempts: Generated<number>;
  created_at: Timestamp;
  started_at: Date | null;
  ended_at: Date | null;
  is_swept: Generated<boolean>;
}

export interface ReindexedDocumentsTable {
  reindex_id: string;
  document_id: string;
  organization_id: string;
  version: Generated<number>;
  chunk_count: Generated<number>;
  entity_hash: string | null;
  content_hash: string | null;
  revision: string | null;
  error: string | null;
}

export interface QuotasTable {
  organization_id: string;
  documents: number | null;
  storage_bytes: number | null;
  parallel_syncs: number | null;
  entities: ColumnType<number | null, number | null | undefined, number | null>;
  queries: ColumnType<number | null, number | null | undefined, number | null>;
  tokens: ColumnType<number | null, number | null | undefined, number | null>;
  source_connections: ColumnType<number | null, number | null | undefined, number | null>;
  team_members: ColumnType<number | null, number | null | undefined, number | null>;
  requests_per_minute: ColumnType<number | null, number | null | undefined, number | null>;
}

export interface UsageCountsTable {
  id: Generated<number>;
  organization_id: string;
  month: string;
  entities: Generated<number>;
  queries: Generated<number>;
  tokens: Generated<number>;
}

export interface RateWindowsTable {
  organization_id: string;
  key: string;
  first_entry: Generated<number>;
  last_entry: Generated<number>;
  last_at: Timestamp;
}

export interface RateWindowEntriesTable {
  organization_id: string;
  key: string;
  entry: number;
  at: Date;
}

export interface SourceRateLimitsTable {
  id: string;
  organization_id: string;
  source_short_name: string;
  max_requests: number;
  window_seconds: number;
  created_at: Timestamp;
  modified_at: Timestamp;
}

export interface OrganizationFeaturesTable {
  organization_id: string;
  flag: string;
  is_enabled: boolean;
}

export interface UsageChangesTable {
  id: Generated<number>;
  organization_id: string;
  documents: number;
  storage_bytes: number;
}

/** That a member, a user or a group, belongs to a group, by the labels of one source. */
export interface GroupMembershipsTable {
  organization_id: string;
  source_connection_id: string;
  generation: number;
  member: string;
  member_of: string;
}

/** Which generation of a connection's memberships is in force. */
export interface MembershipLoadsTable {
  source_connection_id: string;
  organization_id: string;
  last_generation: Generated<number>;
  generation: number | null;
  membership_count: Generated<number>;
  loaded_at: Date | null;
  error: string | null;
  failed_at: Date | null;
}

export interface Tables extends AccountTables {
  query_log_settings: QueryLogSettingsTable;
  logged_searches: LoggedSearchesTable;
  search_feedback: SearchFeedbackTable;
  group_memberships: GroupMembershipsTable;
  membership_loads: MembershipLoadsTable;
  quotas: QuotasTable;
  usage_changes: UsageChangesTable;
  usage_counts: UsageCountsTable;
  rate_windows: RateWindowsTable;
  rate_window_entries: RateWindowEntriesTable;
  source_rate_limits: SourceRateLimitsTable;
  organization_features: OrganizationFeaturesTable;
  organizations: OrganizationsTable;
  users: UsersTable;
  memberships: MembershipsTable;
  api_keys: ApiKeysTable;
  collections: CollectionsTable;
  source_connections: SourceConnectionsTable;
  connect_sessions: ConnectSessionsTable;
  source_sign_ins: SourceSignInsTable;
  auth_provider_connections: AuthProviderConnectionsTable;
  browse_selections: BrowseSelectionsTable;
  syncs: SyncsTable;
  sync_jobs: SyncJobsTable;
  sync_job_logs: SyncJobLogsTable;
  documents: DocumentsTable;
  index_drops: IndexDropsTable;
  pushed_documents: PushedDocumentsTable;
  reindexes: ReindexesTable;
  reindexed_documents: ReindexedDocumentsTable;
}
