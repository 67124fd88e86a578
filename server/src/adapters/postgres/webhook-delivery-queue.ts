import { sql } from 'kysely';
import { OrganizationId, Scope } from '../../core/shared/index.ts';
import {
  type ClaimedDelivery,
  type DeliveryQueue,
  isDelivered,
  MessageId,
  type SettledDelivery,
  SubscriptionId,
} from '../../core/webhooks/index.ts';
import type { Database, Queries } from './database.ts';
import { toStorableJson } from './storable-json.ts';
import { dropWaiting } from './webhook-store.ts';

interface ClaimedRow {
  readonly id: number;
  readonly organization_id: string;
  readonly attempts: number;
  readonly message_id: string;
  readonly body: string;
  readonly subscription_id: string;
  readonly url: string;
  readonly secret: Buffer;
  readonly previous_secret: Buffer | null;
}

/**
 * What is still to be delivered, of all organisations.
 *
 * The subscriptions that anything waits for are found by steps along an index, one a subscription, so that a million rows that
 * wait for a receiver that hangs cost the others nothing. Each then gives up to as many rows as it has places left, in random
 * order of the subscriptions, so that none is always first. A row is taken by moving its due_at behind the lease.
 */
export function createDeliveryQueue(database: Database): DeliveryQueue {
  return {
    async claim({ owner, leaseMs, limit, perSubscription, busy }) {
      const { rows } = await sql<ClaimedRow>`
        with recursive waiting(id) as (
          (select subscription_id from webhook_deliveries order by subscription_id limit 1)
          union all
          select (select subscription_id from webhook_deliveries where subscription_id > waiting.id order by subscription_id limit 1)
          from waiting where waiting.id is not null
        ), room as materialized (
          select subscription.id,
            case when subscription.failing_since is null then ${perSubscription}::integer else 1 end - coalesce(busy.count, 0) as places
          from waiting
          join webhook_subscriptions subscription on subscription.id = waiting.id
          left join unnest(${[...busy.keys()]}::uuid[], ${[...busy.values()]}::integer[]) as busy(id, count) on busy.id = subscription.id
          where subscription.disabled_at is null and (subscription.held_until is null or subscription.held_until <= now())
          order by random()
        ), taken as materialized (
          select due.id from room cross join lateral (
            select id from webhook_deliveries where subscription_id = room.id and due_at <= (select now())
            order by due_at limit greatest(room.places, 0) for update skip locked
          ) due
          limit ${limit}
        ), claimed as (
          update webhook_deliveries delivery set lease_owner = ${owner}, due_at = now() + ${leaseMs} * interval '1 millisecond'
          from taken where delivery.id = taken.id
          returning delivery.*
        )
        select claimed.id, claimed.organization_id, claimed.attempts, message.id as message_id, message.payload::text as body,
          subscription.id as subscription_id, subscription.url, subscription.secret,
          case when subscription.previous_secret_until > now() then subscription.previous_secret end as previous_secret
        from claimed
        join event_messages message on message.id = claimed.message_id
        join webhook_subscriptions subscription on subscription.id = claimed.subscription_id`.execute(
        database.system(),
      );
      return rows.map(toClaimed);
    },

    async settle(owner, settled, disableAfterMs) {
      const disabled = await database
        .system()
        .transaction()
        .execute(async (queries) => {
          await recordAttempts(queries, owner, settled);
          return updateHealth(queries, settled, disableAfterMs);
        });
      if (disabled.length > 0) {
        const ids = disabled.map(({ id }) => id);
        await dropWaiting(database.system(), ids);
      }
      return disabled;
    },

    async release(owner, deliveryIds) {
      await sql`update webhook_deliveries set lease_owner = null, due_at = now()
        where id = any(${[...deliveryIds]}::bigint[]) and lease_owner = ${owner}`.execute(database.system());
    },

    async releaseAllLeases() {
      await sql`update webhook_deliveries set lease_owner = null, due_at = now() where lease_owner is not null`.execute(
        database.system(),
      );
    },

    advanceRecovery: (batch) =>
      database
        .system()
        .transaction()
        .execute((queries) => advanceRecovery(queries, batch)),

    async removeOld(before, limit) {
      let removed = 0;
      for (const table of ['webhook_attempts', 'event_messages'] as const) {
        const { numAffectedRows = 0n } = await sql`delete from ${sql.table(table)} where id in (
          select id from ${sql.table(table)} where at < ${before} order by at limit ${limit})`.execute(
          database.system(),
        );
        removed += Number(numAffectedRows);
      }
      const { numAffectedRows = 0n } = await sql`delete from webhook_recoveries where id in (
        select id from webhook_recoveries where created_at < ${before} limit ${limit})`.execute(database.system());
      return removed + Number(numAffectedRows);
    },
  };
}

function toClaimed(row: ClaimedRow): ClaimedDelivery {
  return {
    id: row.id,
    scope: new Scope(OrganizationId.parse(row.organization_id)),
    attempts: row.attempts,
    message: { id: MessageId.parse(row.message_id), body: row.body },
    subscription: {
      id: SubscriptionId.parse(row.subscription_id),
      url: row.url,
      sealedSecret: row.secret,
      sealedPreviousSecret: row.previous_secret,
    },
  };
}

/** Attempts of what was deleted meanwhile are not recorded: the locks pass such rows over. */
async function recordAttempts(queries: Queries, owner: string, settled: readonly SettledDelivery[]): Promise<void> {
  const rows = settled.map(({ delivery, attempt, retryInMs }) => ({
    delivery: delivery.id,
    organization: delivery.scope.organizationId,
    id: attempt.id,
    message: attempt.messageId,
    subscription: attempt.subscriptionId,
    at: attempt.at,
    url: attempt.url,
    code: attempt.statusCode,
    response: attempt.response,
    duration: attempt.durationMs,
    retry_in: retryInMs,
    is_delivered: isDelivered(attempt.statusCode),
  }));
  await sql`
    with outcome as materialized (
      select * from jsonb_to_recordset(${toStorableJson(rows)}::jsonb) as outcome(delivery bigint, organization uuid, id uuid,
        message uuid, subscription uuid, at timestamptz, url text, code smallint, response text, duration integer,
        retry_in double precision, is_delivered boolean)
    ), recorded as (
      insert into webhook_attempts (id, organization_id, message_id, subscription_id, at, url, status_code, response, duration_ms)
      select outcome.id, organization, message, subscription, at, url, code, response, duration
      from outcome
      cross join lateral (select from webhook_subscriptions where id = outcome.subscription for key share skip locked) known
      cross join lateral (select from event_messages where id = outcome.message for key share skip locked) kept
    ), ended as (
      delete from webhook_deliveries delivery using outcome
      where delivery.id = outcome.delivery and outcome.retry_in is null
        and (outcome.is_delivered or delivery.lease_owner = ${owner})
    )
    update webhook_deliveries delivery set lease_owner = null, attempts = delivery.attempts + 1,
      due_at = now() + outcome.retry_in * interval '1 millisecond'
    from outcome
    where delivery.id = outcome.delivery and outcome.retry_in is not null and delivery.lease_owner = ${owner}`.execute(
    queries,
  );
}

async function updateHealth(queries: Queries, settled: readonly SettledDelivery[], disableAfterMs: number) {
  const verdicts = [...Map.groupBy(settled, ({ attempt }) => attempt.subscriptionId)].map(([id, own]) => ({
    id,
    has_success: own.some(({ attempt }) => isDelivered(attempt.statusCode)),
    is_gone: own.some(({ attempt }) => attempt.statusCode === 410),
    failed_at: own.find(({ attempt }) => !isDelivered(attempt.statusCode))?.attempt.at ?? null,
    pause: Math.max(0, ...own.map(({ pauseMs = 0 }) => pauseMs)),
  }));
  const { rows } = await sql<{ id: string; disabled_reason: 'gone' | 'failing' | null }>`
    with verdict as (
      select * from jsonb_to_recordset(${JSON.stringify(verdicts)}::jsonb) as verdict(id uuid, has_success boolean,
        is_gone boolean, failed_at timestamptz, pause double precision)
    ), changed as materialized (
      select subscription.id, verdict.has_success, verdict.failed_at, verdict.pause,
        case when verdict.is_gone then 'gone'
          when not verdict.has_success and subscription.failing_since < now() - ${disableAfterMs} * interval '1 millisecond'
          then 'failing' end as reason
      from verdict join webhook_subscriptions subscription on subscription.id = verdict.id
      where subscription.disabled_at is null
        and (verdict.is_gone or verdict.pause > 0 or (verdict.has_success and subscription.failing_since is not null)
          or (not verdict.has_success and (subscription.failing_since is null
            or subscription.failing_since < now() - ${disableAfterMs} * interval '1 millisecond')))
      -- Always in the same order: two workers never wait for each other.
      order by subscription.id for no key update of subscription
    )
    update webhook_subscriptions subscription set
      failing_since = case when changed.has_success then null else coalesce(subscription.failing_since, changed.failed_at) end,
      held_until = case when changed.pause > 0 then now() + changed.pause * interval '1 millisecond' else subscription.held_until end,
      disabled_at = case when changed.reason is not null then now() end,
      disabled_reason = changed.reason
    from changed where subscription.id = changed.id
    returning subscription.id, subscription.disabled_reason`.execute(queries);
  return rows.flatMap(({ id, disabled_reason: reason }) =>
    reason === null ? [] : [{ id: SubscriptionId.parse(id), reason }],
  );
}

interface RecoveryRow {
  readonly id: string;
  readonly organization_id: string;
  readonly subscription_id: string;
  readonly event_types: string[];
  readonly since: Date;
  readonly until: Date;
  readonly after_at: Date | null;
  readonly after_id: string | null;
}

async function advanceRecovery(queries: Queries, batch: number): Promise<boolean> {
  const { rows } = await sql<RecoveryRow>`
    select recovery.*, recovery.after_at::text as after_at, subscription.event_types from webhook_recoveries recovery
    join webhook_subscriptions subscription on subscription.id = recovery.subscription_id
    where recovery.status = 'running' order by recovery.created_at limit 1
    for update of recovery skip locked`.execute(queries);
  const recovery = rows[0];
  if (recovery === undefined) return false;
  const { rows: steps } = await sql<{ seen: number; found: number }>`
    with seen as materialized (
      select id, event_type, at from event_messages
      where organization_id = ${recovery.organization_id} and event_type = any(${recovery.event_types}::text[])
        and at between ${recovery.since} and ${recovery.until}
        and (${recovery.after_at}::timestamptz is null or (at, id) > (${recovery.after_at}::timestamptz, ${recovery.after_id}::uuid))
      order by at, id limit ${batch}
    ), missed as (
      insert into webhook_deliveries (organization_id, message_id, subscription_id, due_at)
      select ${recovery.organization_id}, seen.id, ${recovery.subscription_id}, now() from seen
      where not exists (
        select from webhook_attempts attempt
        where attempt.message_id = seen.id and attempt.subscription_id = ${recovery.subscription_id}
          and attempt.status_code between 200 and 299)
      on conflict (message_id, subscription_id) do update set attempts = 0, due_at = now()
        where webhook_deliveries.lease_owner is null
      returning 1
    )
    update webhook_recoveries set found = found + (select count(*) from missed),
      after_at = coalesce((select at from seen order by at desc, id desc limit 1), after_at),
      after_id = coalesce((select id from seen order by at desc, id desc limit 1), after_id),
      status = case when (select count(*) from seen) < ${batch} then 'completed' else 'running' end
    where id = ${recovery.id}
    returning found, (select count(*) from seen) as seen`.execute(queries);
  return steps.length > 0;
}
