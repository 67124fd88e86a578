import { type RawBuilder, sql, type Transaction } from 'kysely';
import { checkAgainst, type QuotaStore, type Quotas, refuseAbove, requireAllowed } from '../../core/quotas/index.ts';
import type { Scope } from '../../core/shared/index.ts';
import type { Database, Queries } from './database.ts';
import type { Tables } from './tables.ts';
import { listMonths, readMonth } from './usage-months.ts';

/** Rows of an organisation's usage from which on they are merged into one. */
const maxUsageRows = 500;
/** With the organisation, names an advisory lock that no other part of Weft takes. */
const quotaLock = 7_236_183;

/** @param defaults for organisations without a row in `quotas` */
export function createQuotaStore(database: Database, defaults: Quotas): QuotaStore {
  return {
    async read(scope) {
      const queries = database.scoped(scope);
      const quotas = await readQuotas(queries, scope, defaults);
      if (quotas.documents === null && quotas.storageBytes === null) {
        return { quotas, usage: { documents: 0, storageBytes: 0 } };
      }
      const { documents, storage_bytes } = await readUsage(queries, scope);
      const { rows } = await sql<{ waiting: number }>`
        select count(*) as waiting from pushed_documents waiting
        where organization_id = ${scope.organizationId} and not exists (
          select from documents known where known.sync_id = waiting.sync_id and known.entity_id = waiting.entity_id
            and known.organization_id = ${scope.organizationId})`.execute(queries);
      return { quotas, usage: { documents: documents + (rows[0]?.waiting ?? 0), storageBytes: storage_bytes } };
    },

    readQuotas: (scope) => readQuotas(database.scoped(scope), scope, defaults),
    replaceQuotas: (scope, quotas) => replaceQuotas(database.scoped(scope), scope, quotas),
    readMonth: (scope, month) => readMonth(database.scoped(scope), scope, month),
    listMonths: (scope) => listMonths(database.scoped(scope), scope),

    async takeQuery(scope, month, limit) {
      const { rows } = await sql<{ used: number | null }>`
        select take_query(${scope.organizationId}::uuid, month_of(${month}), ${limit}::bigint) as used`.execute(
        database.scoped(scope),
      );
      return rows[0]?.used ?? null;
    },

    async addToMonth(scope, month, { queries, tokens }) {
      // Where the organisation was deleted meanwhile there is nothing to count.
      await sql`
        insert into usage_counts (organization_id, month, queries, tokens)
        select id, month_of(${month}), ${queries}, ${tokens} from organizations where id = ${scope.organizationId}`.execute(
        database.scoped(scope),
      );
    },
  };
}

/**
 * The last step of a transaction that wrote documents: with what others committed meanwhile, they must not be too many. Holds
 * up others of the same organisation until the end, and takes no lock after its own, so that nobody waits for each other.
 *
 * @throws AppError('invalid_request'), so that nothing is written; never for what adds nothing
 */
export async function requireWithinQuotas(
  transaction: Transaction<Tables>,
  scope: Scope,
  defaults: Quotas,
): Promise<void> {
  const quotas = await readQuotas(transaction, scope, defaults);
  if (quotas.documents === null && quotas.storageBytes === null && quotas.entities === null) return;
  await sql`select pg_advisory_xact_lock(${quotaLock}, hashtext(${scope.organizationId}))`.execute(transaction);
  const usage = await readUsage(transaction, scope);
  refuseAbove(
    quotas,
    {
      documents: usage.own_documents > 0 ? usage.documents : 0,
      storageBytes: usage.own_storage_bytes > 0 ? usage.storage_bytes : 0,
    },
    {
      documents: usage.documents - usage.own_documents,
      storageBytes: usage.storage_bytes - usage.own_storage_bytes,
    },
  );
  if (quotas.entities !== null) {
    requireAllowed(checkAgainst(quotas, await readMonth(transaction, scope, new Date()), 'entities', 0));
  }
  if (usage.rows > maxUsageRows) await mergeUsage(transaction, scope);
}

/** Makes one row of an organisation's usage of many; others may add to it meanwhile. */
export async function mergeUsage(queries: Queries, scope: Scope): Promise<void> {
  await sql`
    with merged as (
      delete from usage_changes where id in (
        select id from usage_changes where organization_id = ${scope.organizationId} for update skip locked)
      returning documents, storage_bytes
    ) insert into usage_changes (organization_id, documents, storage_bytes)
    select ${scope.organizationId}, sum(documents), sum(storage_bytes) from merged having count(*) > 0`.execute(
    queries,
  );
}

/** In SQL, how many runs an organisation may have at once; null: any number. */
export function parallelSyncsOf(organizationId: RawBuilder<unknown>, defaults: Quotas): RawBuilder<number | null> {
  return sql<number | null>`(
    select case when quotas.organization_id is null then ${defaults.parallelSyncs}::integer else quotas.parallel_syncs end
    from (select) as one left join quotas on quotas.organization_id = ${organizationId})`;
}

async function readQuotas(queries: Queries, scope: Scope, defaults: Quotas): Promise<Quotas> {
  const row = await queries
    .selectFrom('quotas')
    .selectAll()
    .where('organization_id', '=', scope.organizationId)
    .executeTakeFirst();
  if (row === undefined) return defaults;
  return {
    documents: row.documents,
    storageBytes: row.storage_bytes,
    parallelSyncs: row.parallel_syncs,
    entities: row.entities,
    queries: row.queries,
    tokens: row.tokens,
    sourceConnections: row.source_connections,
    teamMembers: row.team_members,
    requestsPerMinute: row.requests_per_minute,
  };
}

async function replaceQuotas(queries: Queries, scope: Scope, quotas: Quotas | null): Promise<void> {
  if (quotas === null) {
    await queries.deleteFrom('quotas').where('organization_id', '=', scope.organizationId).execute();
    return;
  }
  const row = {
    documents: quotas.documents,
    storage_bytes: quotas.storageBytes,
    parallel_syncs: quotas.parallelSyncs,
    entities: quotas.entities,
    queries: quotas.queries,
    tokens: quotas.tokens,
    source_connections: quotas.sourceConnections,
    team_members: quotas.teamMembers,
    requests_per_minute: quotas.requestsPerMinute,
  };
  await queries
    .insertInto('quotas')
    .values({ organization_id: scope.organizationId, ...row })
    .onConflict((conflict) => conflict.column('organization_id').doUpdateSet(row))
    .execute();
}

/** `own`: what this transaction has added. */
async function readUsage(queries: Queries, scope: Scope): Promise<UsageRow> {
  const isOwn = sql`xmin::text = (pg_current_xact_id_if_assigned()::xid)::text`;
  const { rows } = await sql<UsageRow>`
    select coalesce(sum(documents), 0)::bigint as documents, coalesce(sum(storage_bytes), 0)::bigint as storage_bytes,
      coalesce(sum(documents) filter (where ${isOwn}), 0)::bigint as own_documents,
      coalesce(sum(storage_bytes) filter (where ${isOwn}), 0)::bigint as own_storage_bytes, count(*) as rows
    from usage_changes where organization_id = ${scope.organizationId}`.execute(queries);
  return rows[0] ?? { documents: 0, storage_bytes: 0, own_documents: 0, own_storage_bytes: 0, rows: 0 };
}

interface UsageRow {
  readonly documents: number;
  readonly storage_bytes: number;
  readonly own_documents: number;
  readonly own_storage_bytes: number;
  readonly rows: number;
}
