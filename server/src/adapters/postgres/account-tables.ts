import type { ColumnType, Generated } from 'kysely';
import type { JsonObject } from '../../core/shared/index.ts';

/** The rows of accounts, invitations and the audit log; see `tables.ts`. */

interface UserCredentialsTable {
  user_id: string;
  password_hash: string | null;
  password_changed_at: Date | null;
  totp_secret: Buffer | null;
  totp_enabled_at: Date | null;
  totp_last_step: Generated<number>;
  recovery_codes: Generated<Buffer[]>;
}

export interface SessionsTable {
  id: string;
  user_id: string;
  token_hash: Buffer;
  method: 'password' | 'oidc';
  created_at: Date;
  last_used_at: Date;
  expires_at: Date;
  address: string | null;
  user_agent: string | null;
}

interface AccountLinksTable {
  token_hash: Buffer;
  kind: 'first_owner' | 'password_reset';
  user_id: string;
  created_at: Date;
  expires_at: Date | null;
}

interface SignInTriesTable {
  subject: Buffer;
  tries: number;
  window_ends_at: Date;
}

interface OidcSignInsTable {
  state_hash: Buffer;
  browser_hash: Buffer;
  code_verifier: string;
  nonce: string;
  expires_at: Date;
}

export interface InvitationsTable {
  id: string;
  organization_id: string;
  email: string;
  role: 'owner' | 'admin' | 'member';
  token_hash: Buffer;
  invited_at: Date;
  expires_at: Date;
  invited_by_email: string | null;
}

export interface AuditLogTable {
  id: Generated<number>;
  organization_id: string;
  at: Date;
  action: string;
  actor_kind: string;
  actor_id: string | null;
  actor_email: string | null;
  api_key_id: string | null;
  object_type: string;
  object_id: string | null;
  details: ColumnType<JsonObject, string, string>;
  request_id: string | null;
  address: string | null;
}

interface AuditSettingsTable {
  organization_id: string;
  retention_days: number;
}

export interface AccountTables {
  user_credentials: UserCredentialsTable;
  sessions: SessionsTable;
  account_links: AccountLinksTable;
  sign_in_tries: SignInTriesTable;
  oidc_sign_ins: OidcSignInsTable;
  invitations: InvitationsTable;
  audit_log: AuditLogTable;
  audit_settings: AuditSettingsTable;
}
