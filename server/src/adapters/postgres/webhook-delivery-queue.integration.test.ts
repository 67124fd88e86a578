import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import type { DomainEvent } from '../../core/events/index.ts';
import { newId, OrganizationId, Scope, silentLogger } from '../../core/shared/index.ts';
import { AttemptId, type ClaimedDelivery, type DeliveryQueue, SubscriptionId } from '../../core/webhooks/index.ts';
import { type Database, openDatabase } from './database.ts';
import { appendEvents } from './event-outbox.ts';
import { createDeliveryQueue } from './webhook-delivery-queue.ts';
import { createWebhookStore } from './webhook-store.ts';

const ours = new Scope(newId(OrganizationId));
const theirs = new Scope(newId(OrganizationId));
const none = new Map<string, number>();

let testDatabase: TestDatabase;
let database: Database;
let queue: DeliveryQueue;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase(testDatabase.connection, { logger: silentLogger });
  queue = createDeliveryQueue(database);
  for (const { organizationId } of [ours, theirs]) {
    await database.system().insertInto('organizations').values({ id: organizationId, name: 'Acme' }).execute();
  }
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});
beforeEach(async () => {
  for (const table of ['webhook_subscriptions', 'event_messages']) {
    await sql`delete from ${sql.table(table)}`.execute(database.system());
  }
});

async function subscribe(scope = ours): Promise<SubscriptionId> {
  const id = newId(SubscriptionId);
  const subscription = { id, url: 'https://example.com/', eventTypes: ['sync.completed'] as const };
  await createWebhookStore(database).insert(scope, { ...subscription, sealedSecret: Buffer.from('sealed') }, 100);
  return id;
}

const happened = (): DomainEvent => ({ type: 'sync.completed', at: new Date(), payload: {} });
const append = (count: number, scope = ours) =>
  appendEvents(database.scoped(scope), scope, Array.from({ length: count }, happened));
const claim = (options: Partial<Parameters<DeliveryQueue['claim']>[0]> = {}) =>
  queue.claim({ owner: 'me', leaseMs: 60_000, limit: 100, perSubscription: 4, busy: none, ...options });
const settle = (delivery: ClaimedDelivery, statusCode: number, retryInMs: number | null, owner = 'me') =>
  queue.settle(
    owner,
    [
      {
        delivery,
        attempt: {
          ...{ id: newId(AttemptId), messageId: delivery.message.id, subscriptionId: delivery.subscription.id },
          ...{ at: new Date(), url: 'https://example.com/', statusCode, response: null, durationMs: 1 },
        },
        retryInMs,
      },
    ],
    5 * 86_400_000,
  );
const countOf = async (table: string) =>
  (await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(database.system())).rows[0]
    ?.count;

describe('claiming', () => {
  it('gives each delivery to one of several workers', async () => {
    await subscribe();
    await append(40);
    const claimed = await Promise.all(
      Array.from({ length: 8 }, (_, number) => claim({ owner: `worker ${number}`, perSubscription: 5 })),
    );
    const ids = claimed.flat().map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('gives no subscription more places than it has, however much waits for it', async () => {
    const crowded = await subscribe();
    await append(50);
    const calm = await subscribe(theirs);
    await append(2, theirs);
    const claimed = await claim({ limit: 6 });
    expect(claimed.filter(({ subscription }) => subscription.id === crowded)).toHaveLength(4);
    expect(claimed.filter(({ subscription }) => subscription.id === calm)).toHaveLength(2);
    expect(
      claimed.every(
        ({ scope, subscription }) => (subscription.id === calm) === (scope.organizationId === theirs.organizationId),
      ),
    ).toBe(true);
    expect(await claim({ busy: new Map([[crowded, 4]]) })).toEqual([]);
    expect(await claim({ busy: new Map([[crowded, 3]]) })).toHaveLength(1);
  });

  it('gives a subscription that fails one place only, and one that is held or disabled none', async () => {
    await subscribe();
    await append(10);
    const set = (columns: ReturnType<typeof sql>) =>
      sql`update webhook_subscriptions set ${columns}`.execute(database.system());
    await set(sql`held_until = now() + interval '1 minute'`);
    expect(await claim()).toEqual([]);
    await set(sql`held_until = null, disabled_at = now(), disabled_reason = 'person'`);
    expect(await claim()).toEqual([]);
    await set(sql`disabled_at = null, disabled_reason = null, failing_since = now()`);
    expect(await claim()).toHaveLength(1);
  });

  it('brings back what a lost worker held when its lease ends, and not before', async () => {
    await subscribe();
    await append(3);
    const lost = await claim({ owner: 'lost' });
    expect([lost.length, await claim()]).toEqual([3, []]);
    await sql`update webhook_deliveries set due_at = now() - interval '1 second'`.execute(database.system());
    expect((await claim()).map(({ id }) => id).toSorted()).toEqual(lost.map(({ id }) => id).toSorted());
  });

  it('brings everything back at once where no other worker can be, and what one gives back', async () => {
    await subscribe();
    await append(2);
    await claim({ owner: 'before the restart' });
    await queue.releaseAllLeases();
    const [first, second] = (await claim()) as [ClaimedDelivery, ClaimedDelivery];
    await queue.release('another', [first.id]);
    expect(await claim()).toEqual([]);
    await queue.release('me', [first.id, second.id]);
    expect(await claim()).toHaveLength(2);
  });
});

describe('settling', () => {
  it('takes a failure only from who holds the delivery, and a success from anyone', async () => {
    await subscribe();
    await append(1);
    const [delivery] = (await claim({ owner: 'slow' })) as [ClaimedDelivery];
    await sql`update webhook_deliveries set due_at = now()`.execute(database.system());
    const [again] = (await claim()) as [ClaimedDelivery];
    await settle(delivery, 500, null, 'slow');
    expect([await countOf('webhook_deliveries'), await countOf('webhook_attempts')]).toEqual([1, 1]);
    await settle(delivery, 200, null, 'slow');
    expect([await countOf('webhook_deliveries'), await countOf('webhook_attempts')]).toEqual([0, 2]);
    await settle(again, 200, null);
    expect(await countOf('webhook_attempts')).toBe(3);
  });

  it('passes over what was deleted meanwhile', async () => {
    const id = await subscribe();
    await append(1);
    const [delivery] = (await claim()) as [ClaimedDelivery];
    await createWebhookStore(database).delete(ours, id);
    expect(await settle(delivery, 500, 1_000)).toEqual([]);
    expect([await countOf('webhook_deliveries'), await countOf('webhook_attempts')]).toEqual([0, 0]);
  });
});

describe('events', () => {
  it('are written with the transaction of their change, or not at all', async () => {
    await subscribe();
    const failing = database
      .scoped(ours)
      .transaction()
      .execute(async (queries) => {
        await appendEvents(queries, ours, [happened()]);
        throw new Error('the change failed');
      });
    await expect(failing).rejects.toThrow('the change failed');
    expect([await countOf('event_messages'), await countOf('webhook_deliveries')]).toEqual([0, 0]);
  });

  it('neither wait nor fail because of a subscription that is being deleted', async () => {
    const id = await subscribe();
    await subscribe();
    await database
      .scoped(ours)
      .transaction()
      .execute(async (queries) => {
        await sql`delete from webhook_subscriptions where id = ${id}`.execute(queries);
        // On another connection, while the row above is locked.
        await append(1);
      });
    expect([await countOf('event_messages'), await countOf('webhook_deliveries')]).toEqual([1, 1]);
  });
});

it('what is older than it is kept goes, with its deliveries and attempts', async () => {
  await subscribe();
  await append(3);
  const [delivery] = (await claim()) as [ClaimedDelivery];
  await settle(delivery, 500, 1_000);
  expect(await queue.removeOld(new Date(Date.now() - 60_000), 100)).toBe(0);
  const later = new Date(Date.now() + 60_000);
  expect(await queue.removeOld(later, 2)).toBe(3);
  while ((await queue.removeOld(later, 2)) > 0);
  for (const table of ['event_messages', 'webhook_deliveries', 'webhook_attempts']) {
    expect(await countOf(table)).toBe(0);
  }
});
