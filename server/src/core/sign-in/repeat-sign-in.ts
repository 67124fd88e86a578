import type { Caller } from '../access/index.ts';
import { credentialsErrorOf, getConnection, type OAuthClient, type SourceConnection } from '../connections/index.ts';
import { AppError, type SourceConnectionId } from '../shared/index.ts';
import { planSignIn } from './begin-sign-in.ts';
import type { StartedConnection } from './connect-source.ts';
import { chooseClient } from './oauth-clients.ts';
import { openSecrets } from './sealed-secrets.ts';
import type { SignInDependencies } from './sign-in-dependencies.ts';
import { parseStoredTokens } from './stored-tokens.ts';

/**
 * Begins the sign-in of a connection again, for the same sync: with the same client, configuration and address to go back to.
 *
 * @throws AppError('not_found'), or 'invalid_request' when there is nothing to repeat
 */
export async function repeatSignIn(
  dependencies: SignInDependencies,
  caller: Caller,
  id: SourceConnectionId,
): Promise<StartedConnection> {
  const connection = await getConnection(dependencies, caller, id);
  const { scope } = caller;
  const last = await dependencies.signIns.findNewest(scope, id);
  if (last === undefined || connection.signIn === null) {
    throw new AppError('invalid_request', 'This source connection was not made by a sign-in in the browser.');
  }
  if (connection.isAuthenticated && credentialsErrorOf(connection) === null) {
    throw new AppError(
      'invalid_request',
      'This source connection is authenticated, and the source takes its credentials.',
    );
  }
  const connector = dependencies.connectors.find(connection.shortName);
  if (connector === undefined) throw new AppError('not_found', `Source '${connection.shortName}' not found`);
  const own = openSecrets(dependencies.vault, last)?.client ?? (await findOwnClient(dependencies, caller, connection));
  const plan = {
    ...{ connector, config: connection.config, connectionId: id },
    client: own ?? chooseClient(dependencies.oauthClients, connector, { method: 'oauth_browser' }),
    isOwnClient: own !== undefined,
    redirectUrl: last.redirectUrl,
    schedule: last.schedule,
  };
  const { signIn, claimToken } = await planSignIn(dependencies, caller, plan, new Date());
  await dependencies.signIns.replace(scope, signIn);
  return { connection: await getConnection(dependencies, caller, id), claimToken };
}

/** Once signed in, the user's own client is kept with the tokens. */
async function findOwnClient(
  { tokens, vault }: SignInDependencies,
  { scope }: Caller,
  { id, isAuthenticated }: SourceConnection,
): Promise<OAuthClient | undefined> {
  const sealed = isAuthenticated ? await tokens.read(scope, id) : undefined;
  return sealed === undefined ? undefined : (parseStoredTokens(vault.open(scope, id, sealed)).client ?? undefined);
}
