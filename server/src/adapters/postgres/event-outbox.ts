import { sql } from 'kysely';
import {
  type DomainEvent,
  type EventOutbox,
  type EventType,
  type FindWantedTypes,
  frequentEventTypes,
  toMessagePayload,
} from '../../core/events/index.ts';
import type { Scope } from '../../core/shared/index.ts';
import type { Database, Queries } from './database.ts';
import { toStorableJson } from './storable-json.ts';

/**
 * Writes events and what is to be delivered of them, in one statement. In the transaction of the change that they tell of, neither
 * is there without the other.
 *
 * The subscriptions are locked against deletion only, and those being deleted are passed over, so that no change ever fails or waits
 * because of a subscription.
 *
 * @param queries a transaction, or the organisation's queries where an event has none
 */
export async function appendEvents(queries: Queries, scope: Scope, events: readonly DomainEvent[]): Promise<void> {
  if (events.length === 0) return;
  const ids = events.map(() => crypto.randomUUID());
  const payloads = events.map((event) => toStorableJson(toMessagePayload(scope, event)));
  await sql`
    with happened as (
      select * from unnest(${ids}::uuid[], ${events.map(({ type }) => type)}::text[], ${events.map(({ at }) => at)}::timestamptz[],
        ${payloads}::text[]) as event(id, event_type, at, payload)
      where event_type <> all(${[...frequentEventTypes]}::text[]) or exists (
        select from webhook_subscriptions wanting
        where wanting.organization_id = ${scope.organizationId} and wanting.disabled_at is null
          and event_type = any(wanting.event_types))
    ), kept as (
      insert into event_messages (id, organization_id, event_type, payload, at)
      select id, ${scope.organizationId}, event_type, payload::json, at from happened
      returning id, event_type
    )
    insert into webhook_deliveries (organization_id, message_id, subscription_id, due_at)
    select ${scope.organizationId}, kept.id, subscription.id, now()
    from kept cross join lateral (
      select id from webhook_subscriptions
      where organization_id = ${scope.organizationId} and disabled_at is null and kept.event_type = any(event_types)
      for key share skip locked
    ) subscription`.execute(queries);
}

/** For what has no transaction of its own. */
export function createEventOutbox(database: Database): EventOutbox {
  return { append: (scope, events) => appendEvents(database.scoped(scope), scope, events) };
}

/** Which types the enabled subscriptions of an organisation want. */
export function createWantedTypes(database: Database): FindWantedTypes {
  return async (scope) => {
    const { rows } = await sql<{ type: EventType }>`
      select distinct unnest(event_types) as type from webhook_subscriptions
      where organization_id = ${scope.organizationId} and disabled_at is null`.execute(database.scoped(scope));
    return new Set(rows.map(({ type }) => type));
  };
}
