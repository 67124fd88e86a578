import type { AnyConnector, OAuthCredentials } from '../../connector-kit/index.ts';
import { fixedToken, type OAuthClient, type OpenAccess } from '../connections/index.ts';
import { AppError, type JsonObject } from '../shared/index.ts';
import { withAddresses } from './authorize-url.ts';
import type { OAuthClients } from './oauth-clients.ts';
import { type RenewalDependencies, RenewedTokens } from './renewed-tokens.ts';
import { parseStoredTokens, type StoredTokens } from './stored-tokens.ts';

/** How the credentials of connections with `oauth_token`, `oauth_browser` and `oauth_byoc` are got at. */
export function createSignedInAccess(
  dependencies: RenewalDependencies & { readonly oauthClients: OAuthClients },
): OpenAccess {
  return async (scope, connector, { id, authMethod, config, sealedCredentials }) => {
    if (sealedCredentials === null) throw new AppError('conflict', 'Nobody has signed in to this source yet.');
    const stored = parseStoredTokens(dependencies.vault.open(scope, id, sealedCredentials));
    const { oauth } = connector;
    const client = stored.client ?? dependencies.oauthClients.get(connector.shortName);
    const credentials = toCredentials(connector, stored, client);
    if (authMethod === 'oauth_token' || oauth?.kind !== 'oauth2') {
      return { credentials, tokens: fixedToken(stored.access_token, stored.expires_at) };
    }
    const connection = { scope, id, oauth: withAddresses(oauth, config), client };
    return { credentials, tokens: new RenewedTokens(dependencies, connection, stored) };
  };
}

/** What the connector's `credentials` get of a sign-in. */
export function toCredentials(
  connector: Pick<AnyConnector, 'oauth'>,
  stored: StoredTokens,
  client: OAuthClient | undefined,
): JsonObject {
  const signed: OAuthCredentials =
    connector.oauth?.kind === 'oauth1' && stored.access_token_secret !== null && client !== undefined
      ? {
          access_token: stored.access_token,
          access_token_secret: stored.access_token_secret,
          consumer_key: client.id,
          consumer_secret: client.secret,
        }
      : { access_token: stored.access_token };
  return { ...stored.kept, ...signed };
}
