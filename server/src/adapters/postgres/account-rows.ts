import type { AccountChange } from '../../core/accounts/index.ts';
import { OrganizationId, Scope, type SessionId, type UserId } from '../../core/shared/index.ts';
import { writeAuditEntry } from './audit-log.ts';
import type { Queries } from './database.ts';

/** Called with a transaction. Links to set a password are void from then on. */
export async function setPassword(queries: Queries, userId: UserId, hash: string, now: Date): Promise<void> {
  const password = { password_hash: hash, password_changed_at: now };
  await queries
    .insertInto('user_credentials')
    .values({ user_id: userId, ...password })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(password))
    .execute();
  await queries.deleteFrom('account_links').where('user_id', '=', userId).execute();
}

export async function deleteSessions(queries: Queries, userId: UserId, except: SessionId | null): Promise<number> {
  const rows = await queries
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .$if(except !== null, (query) => query.where('id', '!=', except ?? ''))
    .returning('id')
    .execute();
  return rows.length;
}

/** Writes to the audit log of each organisation of the user; called with a transaction. */
export async function recordForUser(queries: Queries, userId: UserId, change: AccountChange): Promise<void> {
  const rows = await queries
    .selectFrom('memberships')
    .select('organization_id')
    .where('user_id', '=', userId)
    .execute();
  for (const row of rows) {
    const scope = new Scope(OrganizationId.parse(row.organization_id));
    await writeAuditEntry(queries, scope, change.actor, change.entry);
  }
}
