import type { Caller } from '../access/index.ts';
import { getConnection, type SourceConnection } from '../connections/index.ts';
import { AppError, newId, type SourceConnectionId, SyncJobId } from '../shared/index.ts';
import { initiatorOf } from './begin-sign-in.ts';
import { notPending, requireUnconfirmed } from './sign-in.ts';
import type { SignInDependencies } from './sign-in-dependencies.ts';
import { matchesHash } from './sign-in-secrets.ts';

/**
 * Proves that whoever began a sign-in also finishes it, so that nobody can have another one sign in for them; then the first
 * sync begins.
 *
 * @throws AppError('not_found'); 'invalid_request' when there is nothing to confirm; 'forbidden' for a wrong token, or another
 *         user or session than began it
 */
export async function verifySignIn(
  dependencies: Pick<SignInDependencies, 'connections' | 'signIns'>,
  caller: Caller,
  id: SourceConnectionId,
  claimToken: string,
): Promise<SourceConnection> {
  await getConnection(dependencies, caller, id);
  const signIn = await dependencies.signIns.findNewest(caller.scope, id);
  if (signIn === undefined) {
    throw new AppError('invalid_request', 'This source connection has no OAuth session: nobody signs in to it.');
  }
  if (!matchesHash(claimToken, signIn.claimHash)) {
    throw new AppError('forbidden', 'The claim token is not the one that the sign-in was begun with.');
  }
  requireUnconfirmed(signIn.status);
  if (signIn.initiator !== null && signIn.initiator !== initiatorOf(caller)) {
    throw new AppError('forbidden', 'Somebody else began this sign-in, and only they can finish it.');
  }
  if (!(await dependencies.signIns.confirm(signIn, newId(SyncJobId)))) throw notPending('completed');
  return getConnection(dependencies, caller, id);
}
