import type { PendingSignIns } from '../../core/accounts/index.ts';
import type { Database } from './database.ts';

/** Sign-ins at the identity provider that are under way; they belong to no organisation. */
export function createPendingSignIns(database: Database): PendingSignIns {
  return {
    async insert({ state, browser }, { codeVerifier, nonce }, expiresAt) {
      await database
        .system()
        .insertInto('oidc_sign_ins')
        .values({
          state_hash: state,
          browser_hash: browser,
          code_verifier: codeVerifier,
          nonce,
          expires_at: expiresAt,
        })
        .execute();
    },

    async take({ state, browser }, now) {
      const row = await database
        .system()
        .deleteFrom('oidc_sign_ins')
        .where('state_hash', '=', state)
        .where('browser_hash', '=', browser)
        .where('expires_at', '>', now)
        .returning(['code_verifier', 'nonce'])
        .executeTakeFirst();
      return row === undefined ? undefined : { codeVerifier: row.code_verifier, nonce: row.nonce };
    },
  };
}
