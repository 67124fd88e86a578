import { type AccessTokens, SourceError } from '../../connector-kit/index.ts';

/**
 * A token that was given as it is, and that nothing renews.
 *
 * @param expiresAt null: it is used until the source refuses it
 */
export function fixedToken(token: string, expiresAt: Date | null): AccessTokens {
  const refuse = (why: string) =>
    new SourceError('credentials', `The access token ${why}. Connect the source again with a new one.`, {
      errorCategory: 'api_key_invalid',
    });
  return {
    async current() {
      if (expiresAt !== null && expiresAt.getTime() <= Date.now()) throw refuse('has expired');
      return token;
    },
    async renew() {
      throw refuse('is refused by the source');
    },
  };
}
