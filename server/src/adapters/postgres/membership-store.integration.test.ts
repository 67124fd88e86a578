import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSyncFixture, type SyncFixture } from '../../../test/sync-fixture.ts';
import type { GroupMembership } from '../../connector-kit/index.ts';
import { createCollection } from '../../core/collections/index.ts';
import { createConnection, type SourceConnection } from '../../core/connections/index.ts';
import { newId, OrganizationId, Scope } from '../../core/shared/index.ts';

let fixture: SyncFixture;
let first: SourceConnection;
let second: SourceConnection;
beforeAll(async () => {
  fixture = await createSyncFixture();
  first = await fixture.connect();
  second = await fixture.connect();
});
afterAll(() => fixture.close());

const store = () => fixture.dependencies.memberships;
const replace = (connection: SourceConnection, ...batches: readonly (readonly GroupMembership[])[]) =>
  store().replace(fixture.caller.scope, connection.id, toBatches(batches));
const expand = (label: string, scope = fixture.caller.scope) => store().expand(scope, fixture.collection.id, label);
const groupsOf = async (label: string, connection = first) => {
  const prefix = `group:${connection.id}/`;
  return (await expand(label)).filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
};
const anna = 'user:anna@example.com';

async function* toBatches(
  batches: readonly (readonly GroupMembership[])[],
): AsyncGenerator<readonly GroupMembership[]> {
  yield* batches;
}

async function* broken(): AsyncGenerator<readonly GroupMembership[]> {
  yield [{ member: anna, group: 'group:half' }];
  throw new Error('the source broke off');
}

describe('memberships', () => {
  it('are followed to any depth, through groups that contain each other, in a fixed order', async () => {
    const chain = Array.from({ length: 60 }, (_, depth) => ({
      member: `group:g${depth}`,
      group: `group:g${depth + 1}`,
    }));
    const circle = { member: 'group:g60', group: 'group:g0' };
    await replace(first, [{ member: 'user:Anna@Example.com', group: 'group:g0' }], [...chain, circle, circle]);
    const groups = await groupsOf(anna);
    expect(new Set(groups)).toEqual(new Set(Array.from({ length: 61 }, (_, depth) => `g${depth}`)));
    expect(groups).toEqual(groups.toSorted());
    expect(await groupsOf('group:g7')).toHaveLength(61);
    expect(await groupsOf('user:ben@example.com')).toEqual([]);
  });

  it('lead from no connection into another', async () => {
    await replace(first, [{ member: anna, group: 'group:sales' }]);
    await replace(second, [{ member: 'group:sales', group: 'group:secret' }]);
    expect(await expand(anna)).toEqual(
      [`group:${first.id}/sales`, `user:${first.id}/anna@example.com`, `user:${second.id}/anna@example.com`].toSorted(),
    );
  });

  it('are replaced as a whole, and stay as they were when the new ones break off', async () => {
    await replace(first, [{ member: anna, group: 'group:old' }]);
    await expect(store().replace(fixture.caller.scope, first.id, broken())).rejects.toThrow('the source broke off');
    expect(await groupsOf(anna)).toEqual(['old']);
    const state = await replace(first, [{ member: anna, group: 'group:new' }], [{ member: anna, group: 'group:new' }]);
    expect(state).toMatchObject({ isLoaded: true, count: 1, error: null });
    expect(await groupsOf(anna)).toEqual(['new']);
    const rows = await fixture.database
      .system()
      .selectFrom('group_memberships')
      .select('member_of')
      .where('source_connection_id', '=', first.id)
      .execute();
    expect(rows).toEqual([{ member_of: 'group:new' }]);
  });

  it('of two loads at once are those of the one that began later', async () => {
    const entered = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const slow = store().replace(
      fixture.caller.scope,
      first.id,
      (async function* () {
        yield [{ member: anna, group: 'group:earlier' }];
        entered.resolve();
        await held.promise;
      })(),
    );
    await entered.promise;
    await replace(first, [{ member: anna, group: 'group:later' }]);
    expect(await groupsOf(anna)).toEqual(['later']);
    held.resolve();
    await slow;
    expect(await groupsOf(anna)).toEqual(['later']);
  });

  it('open nothing, not even to a user by name, when they could not be loaded', async () => {
    await replace(first, [{ member: anna, group: 'group:sales' }]);
    await replace(second);
    await store().markNotLoaded(fixture.caller.scope, first.id, 'the directory is away');
    expect(await store().find(fixture.caller.scope, first.id)).toMatchObject({
      isLoaded: false,
      count: 0,
      error: 'the directory is away',
    });
    expect(await expand(anna)).toEqual([`user:${second.id}/anna@example.com`]);
    await replace(first, [{ member: anna, group: 'group:sales' }]);
    expect(await groupsOf(anna)).toEqual(['sales']);
  });

  it('that were being loaded when they were found to be unknown are not put in force', async () => {
    await store().replace(
      fixture.caller.scope,
      first.id,
      (async function* () {
        yield [{ member: anna, group: 'group:sales' }];
        await store().markNotLoaded(fixture.caller.scope, first.id, 'credentials were taken back');
      })(),
    );
    expect(await groupsOf(anna)).toEqual([]);
  });

  it('count in their own collection only', async () => {
    await replace(first, [{ member: anna, group: 'group:sales' }]);
    const other = await createCollection(fixture.connectionDependencies.collections, fixture.encoder, fixture.caller, {
      name: 'Another',
      readableId: 'another',
      syncConfig: null,
    });
    expect(await store().expand(fixture.caller.scope, other.id, anna)).toEqual([]);
  });

  it('cannot be read or replaced by another organisation', async () => {
    await replace(first, [{ member: anna, group: 'group:sales' }]);
    const foreign = new Scope(newId(OrganizationId));
    expect(await expand(anna, foreign)).toEqual([]);
    expect(await store().find(foreign, first.id)).toBeUndefined();
    await expect(store().replace(foreign, first.id, toBatches([[]]))).rejects.toThrow();
    await store().markNotLoaded(foreign, first.id, 'x');
    expect(await groupsOf(anna)).toEqual(['sales']);
  });

  it('refuse a searcher of too many groups rather than look with some of them', async () => {
    const many = Array.from({ length: 20_001 }, (_, place) => ({ member: anna, group: `group:${place}` }));
    await replace(first, many.slice(0, 10_000), many.slice(10_000));
    await expect(expand(anna)).rejects.toMatchObject({ code: 'unprocessable' });
    await replace(first);
  });

  it('go with their connection', async () => {
    const gone = await createConnection(fixture.connectionDependencies, fixture.caller, {
      shortName: 'scripted',
      readableCollectionId: fixture.collection.readableId,
      description: null,
      config: null,
      schedule: { cron: '0 0 * * *' },
      syncImmediately: false,
      authentication: { method: 'none' },
    });
    await replace(gone, [{ member: anna, group: 'group:sales' }]);
    await fixture.database
      .system()
      .updateTable('source_connections')
      .set({ deleted_at: new Date() })
      .where('id', '=', gone.id)
      .execute();
    expect(await groupsOf(anna, gone)).toEqual([]);
    await fixture.database.system().deleteFrom('source_connections').where('id', '=', gone.id).execute();
    expect(await store().find(fixture.caller.scope, gone.id)).toBeUndefined();
  });
});
