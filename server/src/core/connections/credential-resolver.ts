import type { AccessTokens, AnyConnector } from '../../connector-kit/index.ts';
import type { ProviderChoice } from '../auth-providers/index.ts';
import type { JsonObject, Scope, SourceConnectionId } from '../shared/index.ts';
import type { CredentialVault } from './credential-vault.ts';
import type { AuthMethod } from './source-connection.ts';

/** What is kept of a connection to get at its source. */
export interface StoredAccess {
  readonly id: SourceConnectionId;
  readonly shortName: string;
  readonly authMethod: AuthMethod;
  readonly config: JsonObject;
  readonly sealedCredentials: Uint8Array | null;
  /** With `authMethod` 'auth_provider'; null otherwise. */
  readonly authProvider: ProviderChoice | null;
}

/** What a connector is given to sign in with. */
export interface OpenedAccess {
  /** To be parsed with the connector's `credentials`. */
  readonly credentials: JsonObject;
  /** Where the source takes tokens that are renewed. */
  readonly tokens?: AccessTokens;
}

/**
 * Gives the credentials of a connection, whichever way they came: given directly, left by a sign-in, or kept by an auth provider.
 *
 * @throws SourceError('credentials' | 'source' | 'rate_limited') when they cannot be had
 */
export interface CredentialResolver {
  open(scope: Scope, connector: AnyConnector, access: StoredAccess): Promise<OpenedAccess>;
}

/** One way of getting at credentials. */
export type OpenAccess = CredentialResolver['open'];

/** @param ways of the methods whose credentials are more than what is sealed; a method without one has none but those */
export function createCredentialResolver(
  vault: CredentialVault,
  ways: { readonly signIn?: OpenAccess; readonly authProvider?: OpenAccess } = {},
): CredentialResolver {
  return {
    async open(scope, connector, access) {
      const way = access.authMethod === 'auth_provider' ? ways.authProvider : ways.signIn;
      if (access.authMethod !== 'direct' && way !== undefined) return way(scope, connector, access);
      const { sealedCredentials: sealed } = access;
      return { credentials: sealed === null ? {} : vault.open(scope, access.id, sealed) };
    },
  };
}
