import type { FeatureFlag, Role } from '../access/index.ts';
import type {
  JsonObject,
  OrganizationId,
  Scope,
  SourceConnectionId,
  SyncId,
  SyncJobId,
  UserId,
} from '../shared/index.ts';

export const organizationOrders = [
  'created_at',
  'name',
  'user_count',
  'source_connection_count',
  'entity_count',
  'query_count',
  'last_active_at',
] as const;
export type OrganizationOrder = (typeof organizationOrders)[number];

/** An organisation as whoever runs the server looks at it. */
export interface OrganizationReport {
  readonly id: OrganizationId;
  readonly name: string;
  readonly description: string | null;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly userCount: number;
  readonly sourceConnectionCount: number;
  /** Documents that it has. */
  readonly entityCount: number;
  /** Searches of all time. */
  readonly queryCount: number;
  /** When one of its members was last here. */
  readonly lastActiveAt: Date | null;
  /** Of who asks; null: no member. */
  readonly memberRole: Role | null;
  readonly features: readonly FeatureFlag[];
}

/** A sync as whoever runs the server looks at it. */
export interface SyncReport {
  readonly id: SyncId;
  readonly name: string;
  readonly organizationId: OrganizationId;
  readonly organizationName: string;
  readonly status: string;
  readonly cron: string | null;
  readonly nextRunAt: Date | null;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly connectionId: SourceConnectionId;
  readonly sourceName: string;
  readonly readableCollectionId: string;
  readonly isAuthenticated: boolean;
  readonly documentCount: number;
  /** Null where it was not asked for. */
  readonly indexedCount: number | null;
  /** Records kept as their source gave them; null where it was not asked for. */
  readonly rawCount: number | null;
  readonly lastJob: { readonly status: string; readonly at: Date; readonly error: string | null } | null;
}

/** Absent: whatever it is. */
export interface SyncFilter {
  readonly syncIds?: readonly SyncId[];
  readonly organizationId?: OrganizationId;
  readonly readableCollectionId?: string;
  readonly sourceName?: string;
  readonly isAuthenticated?: boolean;
  readonly status?: string;
  readonly lastJobStatus?: string;
  /** Only those whose last jobs, so many of them, all failed. */
  readonly failedLast?: number;
}

/** A sync and where it belongs. */
export interface SyncPlace {
  readonly scope: Scope;
  readonly syncId: SyncId;
  readonly connectionId: SourceConnectionId;
  /** By stream: where an incremental run goes on. */
  readonly cursors: JsonObject;
  readonly modifiedAt: Date;
  /** The job that waits or runs. */
  readonly activeJobId: SyncJobId | null;
}

/**
 * The port of those who run the server, across organisations. A `within` of null means all of them; what is being deleted is not
 * there. Implementation: `adapters/postgres/administration-store.ts`.
 */
export interface AdministrationStore {
  listOrganizations(options: {
    /** A part of the name, in any case. */
    readonly search: string | null;
    readonly order: OrganizationOrder;
    readonly isDescending: boolean;
    readonly skip: number;
    readonly limit: number;
    /** Whose `memberRole` it is. */
    readonly userId: UserId | null;
  }): Promise<readonly OrganizationReport[]>;
  /** @returns false where there is no such organisation */
  hasOrganization(id: OrganizationId): Promise<boolean>;
  /** Makes the user a member, or changes their role. */
  putMember(scope: Scope, userId: UserId, role: Role): Promise<void>;
  /** Newest first. */
  listSyncs(
    within: Scope | null,
    filter: SyncFilter,
    options: {
      readonly skip: number;
      readonly limit: number;
      readonly countsIndexed: boolean;
      readonly countsRaw: boolean;
    },
  ): Promise<readonly SyncReport[]>;
  findSync(within: Scope | null, id: SyncId): Promise<SyncPlace | undefined>;
  findSyncOfConnection(within: Scope | null, id: SourceConnectionId): Promise<SyncPlace | undefined>;
  findSyncOfJob(within: Scope | null, id: SyncJobId): Promise<SyncPlace | undefined>;
  /** The next run reads everything. @returns whether there were cursors */
  clearCursors(scope: Scope, id: SyncId): Promise<boolean>;
}
