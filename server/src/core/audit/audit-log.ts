import type { JsonObject, OrganizationId, Scope, UserId } from '../shared/index.ts';
import type { AuditAction, AuditObjectType } from './audit-actions.ts';

/** Who acts. A `Caller` is one. */
export interface AuditActor {
  readonly kind: string;
  readonly userId: UserId | null;
  readonly email: string | null;
  readonly apiKeyId?: string;
  readonly request?: RequestOrigin;
}

/** The request by which somebody acts. */
export interface RequestOrigin {
  readonly requestId: string;
  /** The network address it came from; null when it is not known. */
  readonly address: string | null;
}

export interface AuditEntry {
  readonly action: AuditAction;
  readonly objectType: AuditObjectType;
  /** Null: all of them, or the organisation itself. */
  readonly objectId: string | null;
  /** A few facts, such as the old and the new role. Never secrets, never document text. */
  readonly details?: JsonObject;
}

/** An entry as it is kept. */
export interface AuditRecord extends AuditEntry {
  /** Grows with each entry. */
  readonly id: number;
  readonly organizationId: OrganizationId;
  readonly at: Date;
  readonly actorKind: string;
  readonly actorId: UserId | null;
  readonly actorEmail: string | null;
  readonly apiKeyId: string | null;
  readonly details: JsonObject;
  readonly requestId: string | null;
  readonly address: string | null;
}

export interface AuditFilter {
  readonly action?: AuditAction;
  readonly actorEmail?: string;
  readonly objectType?: AuditObjectType;
  readonly objectId?: string;
  /** Inclusive. */
  readonly since?: Date;
  /** Exclusive. */
  readonly until?: Date;
}

/**
 * The port to the record of who did what. What changes rows writes its entry in the same transaction
 * (`adapters/postgres/audit-log.ts`); everything else calls `record`, before it answers.
 */
export interface AuditLog {
  record(scope: Scope, actor: AuditActor, entry: AuditEntry): Promise<void>;
}

/** For those who read it. */
export interface AuditReader {
  /** Newest first. @param page.before only entries older than this id; null: from the newest */
  list(
    scope: Scope,
    filter: AuditFilter,
    page: { readonly before: number | null; readonly limit: number },
  ): Promise<readonly AuditRecord[]>;
  /** In days; null: the server's default. */
  findRetention(scope: Scope): Promise<number | null>;
  /** The entry of the change is written with it. */
  setRetention(scope: Scope, actor: AuditActor, retentionDays: number): Promise<void>;
  /** Removes what is past its time, of all organisations; returns how many entries went. */
  removeOld(now: Date, defaultDays: number, limit: number): Promise<number>;
}
