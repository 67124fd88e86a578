import type { AnyConnector } from '../../connector-kit/index.ts';
import type { GivenAuthentication, OAuthClient } from '../connections/index.ts';
import { AppError } from '../shared/index.ts';

/** The operator's own clients at sources, by the source's short name. */
export type OAuthClients = ReadonlyMap<string, OAuthClient>;

/** Whether users of a source have to bring a client of their own. */
export function requiresOwnClient(
  clients: OAuthClients,
  connector: Pick<AnyConnector, 'shortName' | 'oauth'>,
): boolean {
  return connector.oauth !== undefined && !clients.has(connector.shortName);
}

/** @throws AppError('invalid_request') when neither the user nor the operator has one */
export function chooseClient(
  clients: OAuthClients,
  connector: Pick<AnyConnector, 'shortName' | 'displayName'>,
  authentication: Extract<GivenAuthentication, { method: 'oauth_browser' | 'oauth_byoc' }>,
): OAuthClient {
  const client = authentication.method === 'oauth_byoc' ? authentication.client : clients.get(connector.shortName);
  if (client !== undefined) return client;
  const variable = `OAUTH_${connector.shortName.toUpperCase()}_CLIENT_ID`;
  throw new AppError(
    'invalid_request',
    `${connector.displayName} needs OAuth client credentials: give client_id and client_secret of a client of your own (BYOC) ` +
      `in \`authentication\`, or have the operator set ${variable} and ${variable.replace('_ID', '_SECRET')}.`,
  );
}
