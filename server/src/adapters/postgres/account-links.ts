import { sql } from 'kysely';
import type { AccountStore } from '../../core/accounts/index.ts';
import { deleteSessions, recordForUser, setPassword } from './account-rows.ts';
import type { Database, Queries } from './database.ts';
import { toUser, userColumns } from './user-rows.ts';

type Links = Pick<AccountStore, 'hasAccounts' | 'insertLink' | 'findLink' | 'useResetLink' | 'useFirstOwnerLink'>;

/** Links that may be followed once. */
export function createAccountLinks(database: Database): Links {
  const queries = database.system();

  return {
    hasAccounts: () => hasAccounts(queries),

    insertLink: (link) =>
      queries.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('account_links')
          .values({
            token_hash: link.hash,
            kind: link.kind,
            user_id: link.userId,
            created_at: link.createdAt,
            expires_at: link.expiresAt,
          })
          .execute();
        if (link.change !== undefined) await recordForUser(transaction, link.userId, link.change);
      }),

    async findLink(hash, kind, now) {
      const row = await queries
        .selectFrom('account_links as link')
        .innerJoin('users', 'users.id', 'link.user_id')
        .select(userColumns.map((column) => `users.${column}` as const))
        .where('token_hash', '=', hash)
        .where('kind', '=', kind)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
        .executeTakeFirst();
      return row === undefined ? undefined : toUser(row);
    },

    useResetLink: (hash, passwordHash, now, change) =>
      queries.transaction().execute(async (transaction) => {
        const link = await transaction
          .deleteFrom('account_links')
          .where('token_hash', '=', hash)
          .where('kind', '=', 'password_reset')
          .where('expires_at', '>', now)
          .returning('user_id')
          .executeTakeFirst();
        if (link === undefined) return undefined;
        const row = await transaction
          .selectFrom('users')
          .select(userColumns)
          .where('id', '=', link.user_id)
          .executeTakeFirstOrThrow();
        const user = toUser(row);
        await setPassword(transaction, user.id, passwordHash, now);
        await deleteSessions(transaction, user.id, null);
        await recordForUser(transaction, user.id, change(user));
        return user;
      }),

    useFirstOwnerLink: (hash, owner, now) =>
      queries.transaction().execute(async (transaction) => {
        // Two links may be followed at once; the lock ends with the transaction.
        await sql`select pg_advisory_xact_lock(hashtextextended('weft.first_owner', 0))`.execute(transaction);
        if (await hasAccounts(transaction)) return undefined;
        const link = await transaction
          .deleteFrom('account_links')
          .where('token_hash', '=', hash)
          .where('kind', '=', 'first_owner')
          .returning('user_id')
          .executeTakeFirst();
        if (link === undefined) return undefined;
        const row = await transaction
          .updateTable('users')
          .set({ email: owner.email, full_name: owner.fullName, modified_at: now })
          .where('id', '=', link.user_id)
          .returning(userColumns)
          .executeTakeFirstOrThrow();
        const user = toUser(row);
        await setPassword(transaction, user.id, owner.passwordHash, now);
        await transaction.deleteFrom('account_links').where('kind', '=', 'first_owner').execute();
        return user;
      }),
  };
}

async function hasAccounts(queries: Queries): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`
    select exists (select from user_credentials where password_hash is not null)
      or exists (select from users where external_id is not null) as has`.execute(queries);
  return rows[0]?.has ?? false;
}
