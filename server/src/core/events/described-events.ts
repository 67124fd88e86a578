import type { DomainEvent, EventType } from './domain-event.ts';

type TypeOf<Domain extends string> = Extract<EventType, `${Domain}.${string}`>;

export interface NamedCollection {
  readonly id: string;
  readonly name: string;
  readonly readableId: string;
}

/** A collection was made, changed or deleted. */
export function collectionEvent(type: TypeOf<'collection'>, collection: NamedCollection, at: Date): DomainEvent {
  return {
    ...{ type, at },
    payload: {
      collection_id: collection.id,
      collection_name: collection.name,
      collection_readable_id: collection.readableId,
    },
  };
}

export interface NamedConnection {
  readonly id: string;
  readonly collectionReadableId: string;
  /** The short name of its source. */
  readonly sourceType: string;
  readonly isAuthenticated: boolean;
}

/** A source connection was made, signed in or deleted. What was just deleted counts as not authenticated. */
export function connectionEvent(type: TypeOf<'source_connection'>, connection: NamedConnection, at: Date): DomainEvent {
  return {
    ...{ type, at },
    payload: {
      source_connection_id: connection.id,
      collection_readable_id: connection.collectionReadableId,
      source_type: connection.sourceType,
      is_authenticated: type !== 'source_connection.deleted' && connection.isAuthenticated,
    },
  };
}

export interface DescribedOrganization {
  readonly name: string;
  readonly ownerEmail: string;
  /** Who was added or removed. */
  readonly affectedEmails: readonly string[];
  /** Default `self_hosted`. */
  readonly plan?: string;
}

/** An organisation was made or deleted, or its members changed. */
export function organizationEvent(
  type: TypeOf<'organization'>,
  organization: DescribedOrganization,
  at: Date,
): DomainEvent {
  return {
    ...{ type, at },
    payload: {
      organization_name: organization.name,
      owner_email: organization.ownerEmail,
      affected_user_emails: organization.affectedEmails,
      plan: organization.plan ?? 'self_hosted',
    },
  };
}

/** What identifies a run in events, in the words of the wire. */
export interface DescribedJob {
  readonly id: string;
  readonly syncId: string;
  readonly connectionId: string;
  readonly sourceType: string;
  readonly collection: NamedCollection;
  readonly counts: {
    readonly inserted: number;
    readonly updated: number;
    readonly deleted: number;
    /** Those that failed are recorded and left out of the index. */
    readonly failed: number;
  };
  readonly chunksWritten: number;
  readonly error: string | null;
}

/** A run changed its state; the counts are those of the run so far. */
export function syncEvent(type: TypeOf<'sync'>, job: DescribedJob, at: Date): DomainEvent {
  return {
    ...{ type, at },
    payload: {
      sync_id: job.syncId,
      sync_job_id: job.id,
      // The vendor's documents show these two, which its server leaves out.
      job_id: job.id,
      status: type.slice('sync.'.length),
      collection_id: job.collection.id,
      source_connection_id: job.connectionId,
      source_type: job.sourceType,
      collection_name: job.collection.name,
      collection_readable_id: job.collection.readableId,
      entities_inserted: job.counts.inserted,
      entities_updated: job.counts.updated,
      entities_deleted: job.counts.deleted,
      entities_skipped: job.counts.failed,
      chunks_written: job.chunksWritten,
      error: type === 'sync.failed' ? (job.error ?? 'The sync failed.') : null,
    },
  };
}
