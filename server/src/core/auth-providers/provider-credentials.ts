import { setTimeout as delay } from 'node:timers/promises';
import { type AccessTokens, type AnyConnector, SourceError } from '../../connector-kit/index.ts';
import type { JsonObject, Scope, SourceConnectionId } from '../shared/index.ts';
import type { NeededField, ProviderChoice } from './auth-provider.ts';
import type { AuthProviderDependencies } from './auth-providers.ts';

/** What is got from a provider is used for so long before it is asked again. */
const freshForMs = 300_000;
/** Waits before the second and third try, unless the provider names another time. */
const defaultRetryDelaysMs: readonly number[] = [2_000, 8_000];
const longestRetryDelayMs = 30_000;
/** For all tries together. */
const fetchTimeoutMs = 120_000;

/** Never demanded of a provider: a source that is given a token needs none of them. */
const alwaysOptional = ['refresh_token', 'client_id', 'client_secret'];

/** A source connection that has its credentials from a provider. */
export interface ProvidedConnection {
  readonly id: SourceConnectionId;
  /** Null: the provider connection was deleted. */
  readonly authProvider: ProviderChoice | null;
}

export interface ProvidedCredentialsOptions {
  /** Milliseconds before the second try, the third, …; default 2 s and 8 s. */
  readonly retryDelaysMs?: readonly number[];
}

/** What a run needs of a connection whose credentials a provider keeps. */
export interface ProvidedCredentials {
  /** As the source's `credentials` schema wants them; not parsed with it yet. */
  readonly credentials: JsonObject;
  /** Of sources whose users sign in: fetched anew after five minutes, or when the source refuses it. */
  readonly tokens?: AccessTokens;
}

/**
 * Asks the provider for what a source needs.
 *
 * @throws SourceError('credentials') with `auth_provider_account_gone` or `auth_provider_credentials_invalid`; 'configuration' when
 *         the account does not fit the source; 'rate_limited' | 'source' after three tries
 */
export async function credentialsFromProvider(
  dependencies: AuthProviderDependencies,
  scope: Scope,
  connection: ProvidedConnection,
  connector: AnyConnector,
  options: ProvidedCredentialsOptions = {},
): Promise<ProvidedCredentials> {
  const ask = () => fetchCredentials(dependencies, scope, connection, connector, options);
  const credentials = await ask();
  return connector.oauth === undefined ? { credentials } : { credentials, tokens: createTokens(credentials, ask) };
}

/** The fields of the source's credentials, and for one with a sign-in its token. */
export function neededFields(connector: Pick<AnyConnector, 'credentialFields' | 'oauth'>): readonly NeededField[] {
  const own = connector.credentialFields
    .filter(({ name }) => connector.oauth === undefined || name !== 'access_token')
    .map(({ name, required }) => ({ name, isRequired: required && !alwaysOptional.includes(name) }));
  return connector.oauth === undefined ? own : [{ name: 'access_token', isRequired: true }, ...own];
}

async function fetchCredentials(
  dependencies: AuthProviderDependencies,
  scope: Scope,
  connection: ProvidedConnection,
  connector: AnyConnector,
  { retryDelaysMs = defaultRetryDelaysMs }: ProvidedCredentialsOptions,
): Promise<JsonObject> {
  const signal = AbortSignal.timeout(fetchTimeoutMs);
  const { id, authProvider } = connection;
  const stored =
    authProvider === null
      ? undefined
      : await dependencies.providerConnections.findSealedAuth(scope, authProvider.connectionId);
  const provider = stored === undefined ? undefined : dependencies.providers.find(stored.shortName);
  if (authProvider === null || stored === undefined || provider === undefined) {
    throw new SourceError('credentials', 'The connection to the auth provider is gone. Connect the source again.', {
      errorCategory: 'auth_provider_credentials_invalid',
    });
  }
  const request = {
    auth: dependencies.vault.open(scope, authProvider.connectionId, stored.sealedAuth),
    config: authProvider.config,
    sourceShortName: connector.shortName,
    sourceConnectionId: id,
    fields: neededFields(connector),
    signal,
  };
  for (let tries = 0; ; tries += 1) {
    try {
      return await provider.fetchCredentials(request);
    } catch (error) {
      const waitMs = retryDelaysMs[tries];
      if (waitMs === undefined || !isPassing(error)) throw error;
      const askedMs = error.retryAfterMs ?? waitMs;
      if (askedMs > longestRetryDelayMs) throw error;
      await delay(askedMs, undefined, { signal });
    }
  }
}

function isPassing(error: unknown): error is SourceError {
  if (!(error instanceof SourceError)) return false;
  return error.kind === 'rate_limited' || (error.kind === 'source' && (error.status ?? 500) >= 500);
}

function createTokens(first: JsonObject, ask: () => Promise<JsonObject>): AccessTokens {
  let token = tokenOf(first);
  let fetchedAt = performance.now();
  let fetching: Promise<string> | undefined;
  const fetchOnce = () => {
    fetching ??= ask()
      .then((credentials) => {
        token = tokenOf(credentials);
        fetchedAt = performance.now();
        return token;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  };
  return {
    current: async () => (performance.now() - fetchedAt < freshForMs ? token : fetchOnce()),
    async renew(refused) {
      if (token !== refused) return token;
      const renewed = await fetchOnce();
      if (renewed !== refused) return renewed;
      throw new SourceError(
        'credentials',
        'The source refuses the token that the auth provider gives. Sign in to the source again at the auth provider.',
        { errorCategory: 'auth_provider_account_gone' },
      );
    },
  };
}

/** A required field, so that the provider has given it; the source refuses one that is no text. */
function tokenOf({ access_token: token }: JsonObject): string {
  return typeof token === 'string' ? token : '';
}
