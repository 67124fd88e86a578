import type { Scope } from '../shared/index.ts';

export const eventTypes = [
  'sync.pending',
  'sync.running',
  'sync.cancelling',
  'sync.completed',
  'sync.failed',
  'sync.cancelled',
  'collection.created',
  'collection.updated',
  'collection.deleted',
  'source_connection.created',
  'source_connection.auth_completed',
  'source_connection.deleted',
  'organization.created',
  'organization.deleted',
  'organization.member_added',
  'organization.member_removed',
  'entity.batch_processed',
  'query.processed',
  'access_control.batch_processed',
  'search.started',
  'search.completed',
  'search.failed',
  'search.reranking',
  'search.thinking',
  'search.tool_called',
] as const;
export type EventType = (typeof eventTypes)[number];

/** Something that happened in an organisation, as subscribers are told of it. */
export interface DomainEvent {
  readonly type: EventType;
  readonly at: Date;
  /** The keys of the payload beside `event_type`, `timestamp` and `organization_id`, in the wire's spelling. No secrets, no document text. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Takes events that have no transaction of their own. Those that follow from a change of rows are written in the transaction of
 * that change instead (`adapters/postgres/event-outbox.ts`), so that neither is there without the other.
 */
export interface EventOutbox {
  append(scope: Scope, events: readonly DomainEvent[]): Promise<void>;
}
