import { sql } from 'kysely';
import type { PersonErasure, PersonRecord, PersonRows, PersonStore } from '../../core/administration/index.ts';
import { AppError, type JsonObject, type Scope } from '../../core/shared/index.ts';
import type { Database, Queries } from './database.ts';
import { type PersonPlace, personPlaces, type SoughtPerson } from './person-places.ts';
import { isCancelled } from './postgres-errors.ts';
import { generatedStatement } from './scoped-dialect.ts';

const maxRows = 1_000;
/** Documents are looked through one by one. */
const timeLimitMs = 50_000;

export function createPersonStore(database: Database): PersonStore {
  return {
    async export(within, email) {
      const queries = within === null ? database.system() : database.scoped(within);
      return await inTime(queries, async (transaction) => {
        const person = await find(transaction, within, email);
        const found: PersonRows[] = [];
        for (const place of personPlaces) found.push(await readPlace(transaction, within, place, person));
        return { user: await readUser(transaction, person), found } satisfies PersonRecord;
      });
    },

    erase: (within, email) =>
      // Other organisations have to be seen to know whether the account is still used.
      inTime(database.system(), (transaction) => erase(transaction, within, email)),
  };
}

async function inTime<T>(queries: Queries, work: (transaction: Queries) => Promise<T>): Promise<T> {
  try {
    return await queries.transaction().execute(async (transaction) => {
      await sql`select set_config('statement_timeout', ${String(timeLimitMs)}, true)`.execute(transaction);
      return work(transaction);
    });
  } catch (error) {
    if (!isCancelled(error)) throw error;
    throw new AppError('unavailable', `The documents could not be looked through in ${timeLimitMs / 1000} s.`, {
      cause: error,
    });
  }
}

/** The account counts where the person is a member. */
async function find(queries: Queries, within: Scope | null, email: string): Promise<SoughtPerson> {
  const address = email.toLowerCase();
  const { rows } = await sql<{ id: string }>`
    select id from users where lower(email) = ${address} and (${within?.organizationId ?? null}::uuid is null or exists (
      select from memberships where user_id = users.id and organization_id = ${within?.organizationId ?? null}::uuid))`.execute(
    queries,
  );
  return { email: address, userId: rows[0]?.id ?? null };
}

async function readUser(queries: Queries, { userId }: SoughtPerson): Promise<JsonObject | null> {
  if (userId === null) return null;
  const { rows } = await sql<{ user: JsonObject }>`
    select jsonb_build_object('id', id, 'email', email, 'full_name', full_name, 'is_admin', is_admin, 'is_superuser', is_superuser,
      'external_id', external_id, 'created_at', created_at, 'modified_at', modified_at, 'last_active_at', last_active_at) as user
    from users where id = ${userId}`.execute(queries);
  return rows[0]?.user ?? null;
}

const inScope = (within: Scope | null) =>
  within === null ? sql`true` : sql`organization_id = ${within.organizationId}::uuid`;

async function readPlace(
  queries: Queries,
  within: Scope | null,
  { name, table, names, shows, whenErased }: PersonPlace,
  person: SoughtPerson,
): Promise<PersonRows> {
  const shown = sql.join(shows.map((column) => sql`${sql.lit(column)}, ${sql.ref(column)}`));
  const { rows } = await sql<{ count: number; rows: readonly JsonObject[] }>`${generatedStatement}
    with found as (
      select jsonb_build_object(${shown}) as entry from ${sql.table(table)} where ${inScope(within)} and ${names(person)}
    ) select (select count(*) from found) as count,
      coalesce((select jsonb_agg(entry) from (select entry from found limit ${maxRows}) as part), '[]') as rows`.execute(
    queries,
  );
  return { place: name, whenErased: whenErased.kind, count: rows[0]?.count ?? 0, rows: rows[0]?.rows ?? [] };
}

async function erase(queries: Queries, within: Scope | null, email: string): Promise<PersonErasure> {
  const person = await find(queries, within, email);
  await refuseOnlyOwner(queries, within, person);
  const changed: { readonly place: string; readonly count: number }[] = [];
  for (const { name, table, names, whenErased } of personPlaces) {
    if (whenErased.kind === 'kept') continue;
    const where = sql`where ${inScope(within)} and ${names(person)}`;
    const { numAffectedRows } = await (whenErased.kind === 'deleted'
      ? sql`${generatedStatement} delete from ${sql.table(table)} ${where}`
      : sql`${generatedStatement} update ${sql.table(table)} set ${whenErased.sets(person)} ${where}`
    ).execute(queries);
    changed.push({ place: name, count: Number(numAffectedRows ?? 0) });
  }
  return { isUserDeleted: await deleteUnusedAccount(queries, person), changed };
}

/** Sessions, passwords and links go with the account. */
async function deleteUnusedAccount(queries: Queries, { userId }: SoughtPerson): Promise<boolean> {
  if (userId === null) return false;
  const { numAffectedRows } = await sql`
    delete from users where id = ${userId} and not exists (select from memberships where user_id = users.id)`.execute(
    queries,
  );
  return Number(numAffectedRows ?? 0) > 0;
}

async function refuseOnlyOwner(queries: Queries, within: Scope | null, { userId }: SoughtPerson): Promise<void> {
  // The organisations' owners may not change meanwhile.
  const { rows } = await sql<{ name: string }>`
    select organization.name from memberships as own join organizations as organization on organization.id = own.organization_id
    where own.user_id = ${userId}::uuid and own.role = 'owner'
      and (${within?.organizationId ?? null}::uuid is null or own.organization_id = ${within?.organizationId ?? null}::uuid)
      and not exists (select from memberships as other where other.organization_id = own.organization_id
        and other.role = 'owner' and other.user_id <> own.user_id)
    limit 1 for update of organization`.execute(queries);
  const [only] = rows;
  if (only === undefined) return;
  throw new AppError(
    'conflict',
    `This person is the only owner of the organization '${only.name}'. Make another member its owner first, or delete it.`,
  );
}
