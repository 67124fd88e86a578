import { sql } from 'kysely';
import type { GroupMembership } from '../../connector-kit/index.ts';
import {
  type MembershipState,
  type MembershipStore,
  toComparableLabel,
  toStoredLabel,
} from '../../core/search/index.ts';
import { AppError, type CollectionId, type Scope, type SourceConnectionId } from '../../core/shared/index.ts';
import type { Database, Queries } from './database.ts';

/** What a search may have to carry as principals. */
const maxPrincipals = 20_000;
/** Superseded memberships that one statement removes. */
const removedAtOnce = 10_000;

export function createMembershipStore(database: Database): MembershipStore {
  return {
    async expand(scope, collectionId, label) {
      const reached = await reach(database.scoped(scope), scope, collectionId, toComparableLabel(label));
      if (reached.length > maxPrincipals) {
        throw new AppError(
          'unprocessable',
          `The searcher belongs to more than ${maxPrincipals} groups, which are more than a search can look through.`,
        );
      }
      return reached
        .map((row) => toStoredLabel(row.label, row.source_connection_id as SourceConnectionId, { isGuarded: true }))
        .toSorted();
    },
    replace: (scope, connectionId, batches) => replaceAll(database.scoped(scope), scope, connectionId, batches),
    async markNotLoaded(scope, connectionId, reason) {
      const queries = database.scoped(scope);
      // A load that is under way must not put itself in force afterwards: what it reads was read before.
      const failed = { generation: null, membership_count: 0, loaded_at: null, error: reason, failed_at: new Date() };
      await queries
        .insertInto('membership_loads')
        .values({ source_connection_id: connectionId, organization_id: scope.organizationId, ...failed })
        .onConflict((conflict) =>
          conflict
            .column('source_connection_id')
            .doUpdateSet({ ...failed, last_generation: sql`membership_loads.last_generation + 1` })
            .where('membership_loads.organization_id', '=', scope.organizationId),
        )
        .execute();
    },
    find: (scope, connectionId) => findState(database.scoped(scope), scope, connectionId),
  };
}

/** Groups that contain each other are reached once each: `union` drops what is known. Reading stops at the limit. */
async function reach(
  queries: Queries,
  scope: Scope,
  collectionId: CollectionId,
  label: string,
): Promise<readonly { readonly source_connection_id: string; readonly label: string }[]> {
  const { rows } = await sql<{ source_connection_id: string; label: string }>`
    with recursive reached (source_connection_id, generation, label) as (
      select load.source_connection_id, load.generation, ${label}::text collate "C"
      from membership_loads load
      join source_connections connection on connection.id = load.source_connection_id
      where load.organization_id = ${scope.organizationId} and load.generation is not null
        and connection.organization_id = ${scope.organizationId} and connection.collection_id = ${collectionId}
        and connection.deleted_at is null
      union
      select reached.source_connection_id, reached.generation, membership.member_of
      from reached
      join group_memberships membership on membership.source_connection_id = reached.source_connection_id
        and membership.generation = reached.generation and membership.member = reached.label
        and membership.organization_id = ${scope.organizationId}
    )
    select source_connection_id, label from reached limit ${maxPrincipals + 1}`.execute(queries);
  return rows;
}

async function replaceAll(
  queries: Queries,
  scope: Scope,
  connectionId: SourceConnectionId,
  batches: AsyncIterable<readonly GroupMembership[]>,
): Promise<MembershipState> {
  const owner = { organization_id: scope.organizationId, source_connection_id: connectionId };
  const { last_generation: generation } = await queries
    .insertInto('membership_loads')
    .values({ ...owner, last_generation: 1 })
    .onConflict((conflict) =>
      conflict
        .column('source_connection_id')
        .doUpdateSet({ last_generation: sql`membership_loads.last_generation + 1` })
        .where('membership_loads.organization_id', '=', scope.organizationId),
    )
    .returning('last_generation')
    .executeTakeFirstOrThrow();
  let count = 0;
  for await (const batch of batches) count += await insertBatch(queries, owner, generation, batch);
  const { numUpdatedRows } = await queries
    .updateTable('membership_loads')
    .set({ generation, membership_count: count, loaded_at: new Date(), error: null, failed_at: null })
    .where('organization_id', '=', scope.organizationId)
    .where('source_connection_id', '=', connectionId)
    .where('last_generation', '=', generation)
    .executeTakeFirst();
  // Another one that began later, or a failure, is what counts; what this one wrote goes with the next load.
  if (numUpdatedRows > 0n) await removeOthers(queries, scope, connectionId, generation);
  const state = await findState(queries, scope, connectionId);
  if (state === undefined) throw new AppError('not_found', 'Source connection not found');
  return state;
}

async function insertBatch(
  queries: Queries,
  owner: { readonly organization_id: string; readonly source_connection_id: string },
  generation: number,
  batch: readonly GroupMembership[],
): Promise<number> {
  const members = batch.map((one) => toComparableLabel(one.member));
  const groups = batch.map((one) => one.group);
  const { numAffectedRows } = await sql`
    insert into group_memberships (organization_id, source_connection_id, generation, member, member_of)
    select ${owner.organization_id}::uuid, ${owner.source_connection_id}::uuid, ${generation}::bigint, member, member_of
    from unnest(${members}::text[], ${groups}::text[]) as one (member, member_of)
    on conflict do nothing`.execute(queries);
  return Number(numAffectedRows ?? 0n);
}

/** In short transactions. Those of a load that began later stay. */
async function removeOthers(
  queries: Queries,
  scope: Scope,
  connectionId: SourceConnectionId,
  generation: number,
): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from group_memberships where ctid = any(array(
        select ctid from group_memberships
        where organization_id = ${scope.organizationId} and source_connection_id = ${connectionId}
          and generation < ${generation}
        limit ${removedAtOnce}))`.execute(queries);
    if ((numAffectedRows ?? 0n) < BigInt(removedAtOnce)) return;
  }
}

async function findState(
  queries: Queries,
  scope: Scope,
  connectionId: SourceConnectionId,
): Promise<MembershipState | undefined> {
  const row = await queries
    .selectFrom('membership_loads')
    .select(['generation', 'membership_count', 'loaded_at', 'error'])
    .where('organization_id', '=', scope.organizationId)
    .where('source_connection_id', '=', connectionId)
    .executeTakeFirst();
  return (
    row && {
      isLoaded: row.generation !== null,
      loadedAt: row.loaded_at,
      count: row.membership_count,
      error: row.error,
    }
  );
}
