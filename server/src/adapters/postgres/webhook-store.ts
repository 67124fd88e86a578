import { sql } from 'kysely';
import { eventTypes as listedTypes } from '../../core/events/index.ts';
import { RecoveryId, type WebhookStore } from '../../core/webhooks/index.ts';
import type { Database, Queries } from './database.ts';
import {
  type AttemptRow,
  joinSets,
  type MessageRow,
  type SubscriptionRow,
  subscriptionColumns,
  toAttempt,
  toMessage,
  toSubscription,
} from './webhook-rows.ts';

const dropBatch = 5_000;

/** Subscriptions, and what became of their messages; see `migrations/0014_webhooks.sql`. */
export function createWebhookStore(database: Database): WebhookStore {
  return {
    ...createMessageLists(database),

    async insert(scope, subscription, limit) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (queries) => {
          // One after the other, so that several at once do not pass the limit together.
          await sql`select pg_advisory_xact_lock(hashtextextended('webhooks ' || ${scope.organizationId}::text, 0))`.execute(
            queries,
          );
          const { rows } = await sql<SubscriptionRow>`
            insert into webhook_subscriptions as subscription (id, organization_id, url, event_types, secret)
            select ${subscription.id}, ${scope.organizationId}, ${subscription.url}, ${[...subscription.eventTypes]}::text[],
              ${Buffer.from(subscription.sealedSecret)}
            where (select count(*) from webhook_subscriptions where organization_id = ${scope.organizationId}) < ${limit}
            returning ${subscriptionColumns}`.execute(queries);
          return rows[0] && toSubscription(rows[0]);
        });
    },

    async find(scope, id) {
      const { rows } = await sql<SubscriptionRow>`
        select ${subscriptionColumns} from webhook_subscriptions subscription
        where organization_id = ${scope.organizationId} and id = ${id}`.execute(database.scoped(scope));
      return rows[0] && toSubscription(rows[0]);
    },

    async list(scope, attempts) {
      const { rows } = await sql<SubscriptionRow & { codes: number[] }>`
        select ${subscriptionColumns}, array(
          select status_code from webhook_attempts where subscription_id = subscription.id order by at desc limit ${attempts}
        ) as codes
        from webhook_subscriptions subscription where organization_id = ${scope.organizationId}
        order by created_at, id`.execute(database.scoped(scope));
      return rows.map((row) => ({ subscription: toSubscription(row), statusCodes: row.codes }));
    },

    async findSecrets(scope, id) {
      const { rows } = await sql<{ secret: Buffer; previous: Buffer | null }>`
        select secret, case when previous_secret_until > now() then previous_secret end as previous
        from webhook_subscriptions where organization_id = ${scope.organizationId} and id = ${id}`.execute(
        database.scoped(scope),
      );
      return rows[0];
    },

    async update(scope, id, changes) {
      const queries = database.scoped(scope);
      const { rows } = await sql<SubscriptionRow>`
        update webhook_subscriptions subscription set ${joinSets([
          ...(changes.url === undefined ? [] : [sql`url = ${changes.url}`]),
          ...(changes.eventTypes === undefined ? [] : [sql`event_types = ${[...new Set(changes.eventTypes)]}::text[]`]),
          ...(changes.disabled === true
            ? [sql`disabled_at = coalesce(disabled_at, now()), disabled_reason = coalesce(disabled_reason, 'person')`]
            : []),
          ...(changes.disabled === false
            ? [sql`disabled_at = null, disabled_reason = null, failing_since = null, held_until = null`]
            : []),
        ])}
        where organization_id = ${scope.organizationId} and id = ${id}
        returning ${subscriptionColumns}`.execute(queries);
      if (rows[0] === undefined) return undefined;
      if (changes.disabled === true) await dropWaiting(queries, [id]);
      return toSubscription(rows[0]);
    },

    async replaceSecret(scope, id, sealedSecret, previousUntil) {
      const { rows } = await sql<SubscriptionRow>`
        update webhook_subscriptions subscription
        set previous_secret = secret, previous_secret_until = ${previousUntil}, secret = ${Buffer.from(sealedSecret)},
          modified_at = now()
        where organization_id = ${scope.organizationId} and id = ${id}
        returning ${subscriptionColumns}`.execute(database.scoped(scope));
      return rows[0] && toSubscription(rows[0]);
    },

    async delete(scope, id) {
      const queries = database.scoped(scope);
      // First what there may be much of, in short statements; what comes meanwhile goes with the row itself.
      await dropWaiting(queries, [id]);
      const { rows } = await sql<SubscriptionRow>`
        delete from webhook_subscriptions subscription
        where organization_id = ${scope.organizationId} and id = ${id}
        returning ${subscriptionColumns}`.execute(queries);
      return rows[0] && toSubscription(rows[0]);
    },

    async redeliver(scope, messageId, subscriptionId) {
      const { rows } = await sql<{ id: number }>`
        insert into webhook_deliveries (organization_id, message_id, subscription_id, due_at)
        select ${scope.organizationId}, message.id, subscription.id, now()
        from event_messages message join webhook_subscriptions subscription using (organization_id)
        where organization_id = ${scope.organizationId} and message.id = ${messageId} and subscription.id = ${subscriptionId}
        on conflict (message_id, subscription_id) do update
          -- One that is being sent at the moment is left alone.
          set attempts = 0, due_at = case when webhook_deliveries.lease_owner is null then now() else webhook_deliveries.due_at end
        returning id`.execute(database.scoped(scope));
      return rows.length > 0;
    },

    async insertRecovery(scope, recovery) {
      const isEmpty = recovery.until < recovery.since;
      const status = isEmpty ? ('completed' as const) : ('running' as const);
      await sql`
        insert into webhook_recoveries (id, organization_id, subscription_id, since, until, status)
        select ${recovery.id}, ${scope.organizationId}, id, ${recovery.since}, ${recovery.until}, ${status}
        from webhook_subscriptions where organization_id = ${scope.organizationId} and id = ${recovery.subscriptionId}`.execute(
        database.scoped(scope),
      );
      return { id: recovery.id, status, found: 0 };
    },

    async findRecovery(scope, subscriptionId, id) {
      const { rows } = await sql<{ id: string; status: 'running' | 'completed'; found: number }>`
        select id, status, found from webhook_recoveries
        where organization_id = ${scope.organizationId} and subscription_id = ${subscriptionId} and id = ${id}`.execute(
        database.scoped(scope),
      );
      return rows[0] && { id: RecoveryId.parse(rows[0].id), status: rows[0].status, found: rows[0].found };
    },
  };
}

function createMessageLists(
  database: Database,
): Pick<WebhookStore, 'listMessages' | 'findMessage' | 'listAttempts' | 'insertTest'> {
  return {
    async listMessages(scope, eventTypes, limit) {
      // Each type is one step down the index, however many messages there are of others.
      const types =
        eventTypes === null
          ? sql`select distinct unnest(${[...listedTypes]}::text[])`
          : sql`select distinct unnest(${[...eventTypes]}::text[])`;
      const { rows } = await sql<MessageRow>`
        select message.* from (${types}) as wanted(type)
        cross join lateral (
          select id, event_type, payload, at from event_messages
          where organization_id = ${scope.organizationId} and event_type = wanted.type
          order by at desc limit ${limit}
        ) message
        order by message.at desc, message.id limit ${limit}`.execute(database.scoped(scope));
      return rows.map(toMessage);
    },

    async findMessage(scope, id) {
      const { rows } = await sql<MessageRow>`
        select id, event_type, payload, at from event_messages
        where organization_id = ${scope.organizationId} and id = ${id}`.execute(database.scoped(scope));
      return rows[0] && toMessage(rows[0]);
    },

    async listAttempts(scope, of, limit) {
      const which = 'messageId' in of ? sql`message_id = ${of.messageId}` : sql`subscription_id = ${of.subscriptionId}`;
      const { rows } = await sql<AttemptRow>`
        select id, message_id, subscription_id, at, url, status_code, response, duration_ms from webhook_attempts
        where organization_id = ${scope.organizationId} and ${which} order by at desc limit ${limit}`.execute(
        database.scoped(scope),
      );
      return rows.map(toAttempt);
    },

    async insertTest(scope, message, attempt) {
      await database
        .scoped(scope)
        .transaction()
        .execute(async (queries) => {
          await sql`insert into event_messages (id, organization_id, event_type, payload, at)
            values (${message.id}, ${scope.organizationId}, ${message.eventType}, ${message.body}::json, ${message.at})`.execute(
            queries,
          );
          // The subscription may have gone while it was tested.
          await sql`insert into webhook_attempts
              (id, organization_id, message_id, subscription_id, at, url, status_code, response, duration_ms)
            select ${attempt.id}, ${scope.organizationId}, ${message.id}, id, ${attempt.at}, ${attempt.url},
              ${attempt.statusCode}, ${attempt.response}, ${attempt.durationMs}
            from webhook_subscriptions where organization_id = ${scope.organizationId} and id = ${attempt.subscriptionId}
            for key share`.execute(queries);
        });
    },
  };
}

/** What waits to be delivered to subscriptions that want nothing any more. */
export async function dropWaiting(queries: Queries, subscriptionIds: readonly string[]): Promise<void> {
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      delete from webhook_deliveries where id in (
        select id from webhook_deliveries where subscription_id = any(${[...subscriptionIds]}::uuid[]) limit ${dropBatch})`.execute(
      queries,
    );
    if (numAffectedRows < dropBatch) return;
  }
}
