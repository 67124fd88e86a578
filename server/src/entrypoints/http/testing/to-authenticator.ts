import type { Authenticator } from '../../../core/access/index.ts';

/** An authenticator for tests whose endpoints ask for callers only. */
export function toAuthenticator(authenticate: Authenticator['authenticate']): Authenticator {
  const notAsked = () => Promise.reject(new Error('not asked'));
  return { authenticate, authenticatePerson: notAsked, enterOrganization: notAsked, close: async () => undefined };
}
