import { sql } from 'kysely';
import { type AccountStore, type Session, sessionIdleMs, type Tries } from '../../core/accounts/index.ts';
import { SessionId, UserId } from '../../core/shared/index.ts';
import { createAccountLinks } from './account-links.ts';
import { deleteSessions, recordForUser, setPassword } from './account-rows.ts';
import type { SessionsTable } from './account-tables.ts';
import type { Database, Queries } from './database.ts';
import { toUser, userColumns } from './user-rows.ts';

/** Users belong to no organisation, so all of this is the system's own work; nothing that works for one organisation sees these rows. */
export function createAccountStore(database: Database): AccountStore {
  const queries = database.system();
  const inTransaction = <T>(work: (queries: Queries) => Promise<T>) => queries.transaction().execute(work);

  return {
    ...createAccountLinks(database),

    async findSession(hash, now) {
      const row = await queries
        .selectFrom('sessions')
        .innerJoin('users', 'users.id', 'sessions.user_id')
        .select(userColumns.map((column) => `users.${column}` as const))
        .select(['sessions.id as session_id', 'sessions.last_used_at'])
        .where('token_hash', '=', hash)
        .where('expires_at', '>', now)
        .where('last_used_at', '>', new Date(now.getTime() - sessionIdleMs))
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return { id: SessionId.parse(row.session_id), user: toUser(row), lastUsedAt: row.last_used_at };
    },

    async markSessionUsed(id, at) {
      await queries.updateTable('sessions').set({ last_used_at: at }).where('id', '=', id).execute();
    },

    async findCredentials(userId) {
      const row = await queries
        .selectFrom('user_credentials')
        .selectAll()
        .where('user_id', '=', userId)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return {
        passwordHash: row.password_hash,
        totpSecret: row.totp_secret,
        isTotpEnabled: row.totp_enabled_at !== null,
        recoveryCodesLeft: row.recovery_codes.length,
      };
    },

    insertSession: (session, hash, change) =>
      inTransaction(async (transaction) => {
        await transaction
          .insertInto('sessions')
          .values({
            id: session.id,
            user_id: session.userId,
            token_hash: hash,
            method: session.method,
            created_at: session.createdAt,
            last_used_at: session.lastUsedAt,
            expires_at: session.expiresAt,
            address: session.address,
            user_agent: session.userAgent,
          })
          .execute();
        await recordForUser(transaction, session.userId, change);
      }),

    async listSessions(userId, now) {
      const rows = await queries
        .selectFrom('sessions')
        .selectAll()
        .where('user_id', '=', userId)
        .where('expires_at', '>', now)
        .where('last_used_at', '>', new Date(now.getTime() - sessionIdleMs))
        .orderBy('last_used_at', 'desc')
        .orderBy('id')
        .limit(1_000)
        .execute();
      return rows.map(toSession);
    },

    deleteSession: (userId, id, change) =>
      inTransaction(async (transaction) => {
        const row = await transaction
          .deleteFrom('sessions')
          .where('user_id', '=', userId)
          .where('id', '=', id)
          .returning('id')
          .executeTakeFirst();
        if (row !== undefined) await recordForUser(transaction, userId, change);
        return row !== undefined;
      }),

    deleteSessions: (userId, except, change) =>
      inTransaction(async (transaction) => {
        const count = await deleteSessions(transaction, userId, except);
        if (count > 0) await recordForUser(transaction, userId, change);
        return count;
      }),

    setPassword: (userId, hash, keep, change) =>
      inTransaction(async (transaction) => {
        await setPassword(transaction, userId, hash, new Date());
        await deleteSessions(transaction, userId, keep);
        await recordForUser(transaction, userId, change);
      }),

    async prepareTotp(userId, sealedSecret) {
      const row = await queries
        .updateTable('user_credentials')
        .set({ totp_secret: Buffer.from(sealedSecret), totp_last_step: 0 })
        .where('user_id', '=', userId)
        .where('totp_enabled_at', 'is', null)
        .returning('user_id')
        .executeTakeFirst();
      return row !== undefined;
    },

    enableTotp: (userId, step, recoveryHashes, now, change) =>
      inTransaction(async (transaction) => {
        const row = await transaction
          .updateTable('user_credentials')
          .set({ totp_enabled_at: now, totp_last_step: step, recovery_codes: [...recoveryHashes] })
          .where('user_id', '=', userId)
          .where('totp_enabled_at', 'is', null)
          .where('totp_secret', 'is not', null)
          .returning('user_id')
          .executeTakeFirst();
        if (row !== undefined) await recordForUser(transaction, userId, change);
        return row !== undefined;
      }),

    disableTotp: (userId, change) =>
      inTransaction(async (transaction) => {
        await transaction
          .updateTable('user_credentials')
          .set({ totp_secret: null, totp_enabled_at: null, totp_last_step: 0, recovery_codes: [] })
          .where('user_id', '=', userId)
          .execute();
        await recordForUser(transaction, userId, change);
      }),

    async takeTotpStep(userId, step) {
      const row = await queries
        .updateTable('user_credentials')
        .set({ totp_last_step: step })
        .where('user_id', '=', userId)
        .where('totp_last_step', '<', step)
        .returning('user_id')
        .executeTakeFirst();
      return row !== undefined;
    },

    async takeRecoveryCode(userId, hash) {
      const { rows } = await sql`
        update user_credentials set recovery_codes = array_remove(recovery_codes, ${hash}::bytea)
        where user_id = ${userId} and ${hash}::bytea = any(recovery_codes) returning user_id`.execute(queries);
      return rows.length > 0;
    },

    async countTry(subject, now, windowMs) {
      const endsAt = new Date(now.getTime() + windowMs);
      const { rows } = await sql<{ tries: number; window_ends_at: Date }>`
        insert into sign_in_tries (subject, tries, window_ends_at) values (${subject}, 1, ${endsAt})
        on conflict (subject) do update set
          tries = case when sign_in_tries.window_ends_at > ${now} then sign_in_tries.tries + 1 else 1 end,
          window_ends_at = case when sign_in_tries.window_ends_at > ${now} then sign_in_tries.window_ends_at
            else excluded.window_ends_at end
        returning tries, window_ends_at`.execute(queries);
      const [row] = rows;
      const tries: Tries = { count: row?.tries ?? 1, windowEndsAt: row?.window_ends_at ?? endsAt };
      return tries;
    },

    async forgetTries(subject) {
      await queries.deleteFrom('sign_in_tries').where('subject', '=', subject).execute();
    },

    async takeBackTry(subject) {
      await sql`update sign_in_tries set tries = greatest(tries - 1, 0) where subject = ${subject}`.execute(queries);
    },

    recordForUser: (userId, change) => inTransaction((transaction) => recordForUser(transaction, userId, change)),

    async removeExpired(now) {
      const idleSince = new Date(now.getTime() - sessionIdleMs);
      await sql`delete from sessions where expires_at <= ${now} or last_used_at <= ${idleSince}`.execute(queries);
      await sql`delete from account_links where expires_at <= ${now}`.execute(queries);
      await sql`delete from sign_in_tries where window_ends_at <= ${now}`.execute(queries);
      await sql`delete from oidc_sign_ins where expires_at <= ${now}`.execute(queries);
      await sql`delete from invitations where expires_at <= ${now}`.execute(queries);
    },
  };
}

function toSession(row: SessionsTable): Session {
  return {
    id: SessionId.parse(row.id),
    userId: UserId.parse(row.user_id),
    method: row.method,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    address: row.address,
    userAgent: row.user_agent,
  };
}
