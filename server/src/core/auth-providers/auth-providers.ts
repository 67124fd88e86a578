import { SourceError } from '../../connector-kit/index.ts';
import { type Caller, type FeatureFlagStore, listEnabledFeatures } from '../access/index.ts';
import { generateReadableId } from '../collections/index.ts';
import type { ConnectionStore } from '../connections/connection-store.ts';
import type { CredentialVault } from '../connections/credential-vault.ts';
import { AppError, type JsonObject, newId, ProviderConnectionId, type Scope, toMessage } from '../shared/index.ts';
import { type AuthProvider, type AuthProviderRegistry, type ProviderChoice, providersFor } from './auth-provider.ts';
import { parseProviderFields } from './parse-provider-fields.ts';
import { maskClientId, type ProviderConnection, type ProviderConnectionStore } from './provider-connection.ts';

export interface AuthProviderDependencies {
  readonly providers: AuthProviderRegistry;
  readonly providerConnections: ProviderConnectionStore;
  readonly vault: CredentialVault;
  /** Absent: every feature is on. */
  readonly features?: Pick<FeatureFlagStore, 'listSwitched'>;
}

type OfferDependencies = Pick<AuthProviderDependencies, 'providers' | 'features'>;

const validateTimeoutMs = 30_000;

export interface ProviderConnectionInput {
  readonly name: string;
  /** Null: made from the name. */
  readonly readableId: string | null;
  readonly description: string | null;
  readonly shortName: string;
  readonly auth: JsonObject | null;
}

/**
 * Connects an auth provider, once it has taken the auth fields.
 *
 * @throws AppError('not_found') for an unknown provider, 'unprocessable' for fields that do not fit or that the provider
 *         refuses, 'rate_limited' | 'upstream_failed' when it cannot say, 'conflict' for a readable id that is taken
 */
export async function createProviderConnection(
  dependencies: AuthProviderDependencies,
  caller: Caller,
  input: ProviderConnectionInput,
): Promise<ProviderConnection> {
  const provider = await getProvider(dependencies, caller.scope, input.shortName);
  const auth = await checkAuth(provider, input.auth);
  const id = newId(ProviderConnectionId);
  return dependencies.providerConnections.insert(caller.scope, {
    id,
    readableId: input.readableId ?? generateReadableId(input.name),
    name: input.name,
    shortName: provider.shortName,
    description: input.description,
    ...maskedClientIdOf(auth),
    createdByEmail: caller.email,
    sealedAuth: dependencies.vault.seal(caller.scope, id, auth),
  });
}

/** @throws AppError('not_found') */
export async function getProviderConnection(
  dependencies: Pick<AuthProviderDependencies, 'providerConnections'>,
  scope: Scope,
  readableId: string,
): Promise<ProviderConnection> {
  const connection = await dependencies.providerConnections.find(scope, readableId);
  if (connection === undefined) throw connectionNotFound(readableId);
  return connection;
}

/** @throws as `createProviderConnection` */
export async function updateProviderConnection(
  dependencies: AuthProviderDependencies,
  caller: Caller,
  readableId: string,
  update: { readonly name?: string; readonly description?: string; readonly auth?: JsonObject },
): Promise<ProviderConnection> {
  const connection = await getProviderConnection(dependencies, caller.scope, readableId);
  const { auth: given, ...changes } = update;
  const auth =
    given === undefined
      ? undefined
      : await checkAuth(await getProvider(dependencies, caller.scope, connection.shortName), given);
  const updated = await dependencies.providerConnections.update(caller.scope, connection.id, {
    ...changes,
    modifiedByEmail: caller.email,
    ...(auth === undefined
      ? {}
      : { auth: { sealed: dependencies.vault.seal(caller.scope, connection.id, auth), ...maskedClientIdOf(auth) } }),
  });
  if (updated === undefined) throw connectionNotFound(readableId);
  return updated;
}

/**
 * Deletes the connection, and with it every source connection that has its credentials from it.
 * @throws AppError('not_found')
 */
export async function deleteProviderConnection(
  dependencies: Pick<AuthProviderDependencies, 'providerConnections'> & {
    readonly connections: Pick<ConnectionStore, 'markDeleted'>;
  },
  caller: Caller,
  readableId: string,
): Promise<ProviderConnection> {
  const connection = await getProviderConnection(dependencies, caller.scope, readableId);
  // Another may be connected between the two steps; then it is deleted in the next round.
  do {
    for (const id of await dependencies.providerConnections.listUsers(caller.scope, connection.id)) {
      await dependencies.connections.markDeleted(caller.scope, id);
    }
  } while (!(await dependencies.providerConnections.deleteUnused(caller.scope, connection.id)));
  return connection;
}

/**
 * Checks what a new source connection says about where its credentials are. The provider itself is not asked.
 *
 * @throws AppError('not_found') for an unknown provider connection, 'invalid_request' for a source that the provider does not
 *         serve, 'unprocessable' for a configuration that does not fit
 */
export async function chooseProvider(
  dependencies: OfferDependencies & Pick<AuthProviderDependencies, 'providerConnections'>,
  scope: Scope,
  sourceShortName: string,
  choice: { readonly readableId: string; readonly config: JsonObject | null },
): Promise<ProviderChoice> {
  const connection = await getProviderConnection(dependencies, scope, choice.readableId);
  const provider = await getProvider(dependencies, scope, connection.shortName);
  const offered = providersFor(await listProviders(dependencies, scope), sourceShortName);
  if (!offered.includes(provider.shortName)) {
    throw new AppError(
      'invalid_request',
      `The auth provider '${provider.shortName}' does not support the source '${sourceShortName}'. ` +
        (offered.length === 0 ? 'None does.' : `Those that do: ${offered.join(', ')}.`),
    );
  }
  return {
    connectionId: connection.id,
    config: parseProviderFields(provider.config, choice.config, 'provider_config'),
  };
}

/** Those that the organisation may use. */
export async function listProviders(
  { providers, features }: OfferDependencies,
  scope: Scope,
): Promise<readonly AuthProvider[]> {
  if (features === undefined) return providers.list();
  const enabled = await listEnabledFeatures(features, scope);
  return providers.list().filter(({ featureFlag }) => featureFlag === undefined || enabled.includes(featureFlag));
}

/** @throws AppError('not_found'), also for one that the organisation may not use */
export async function getProvider(
  dependencies: OfferDependencies,
  scope: Scope,
  shortName: string,
): Promise<AuthProvider> {
  const provider = (await listProviders(dependencies, scope)).find((offered) => offered.shortName === shortName);
  if (provider === undefined) throw new AppError('not_found', `Auth provider '${shortName}' not found`);
  return provider;
}

async function checkAuth(provider: AuthProvider, given: JsonObject | null): Promise<JsonObject> {
  const auth = parseProviderFields(provider.auth, given, 'auth_fields');
  try {
    await provider.validate(auth, AbortSignal.timeout(validateTimeoutMs));
  } catch (error) {
    throw toAppError(error);
  }
  return auth;
}

function toAppError(error: unknown): AppError {
  const cause = { cause: error };
  if (error instanceof SourceError) {
    const { kind, message, retryAfterMs = 30_000, status = 0 } = error;
    if (kind === 'rate_limited') return new AppError('rate_limited', message, { ...cause, retryAfterMs });
    if (kind === 'source' && status >= 500) return new AppError('upstream_failed', message, cause);
    return new AppError('unprocessable', message, cause);
  }
  return new AppError('unprocessable', `The auth provider could not be asked: ${toMessage(error)}`, cause);
}

function maskedClientIdOf({ client_id: clientId }: JsonObject): { readonly maskedClientId: string | null } {
  return { maskedClientId: typeof clientId === 'string' ? maskClientId(clientId) : null };
}

function connectionNotFound(readableId: string): AppError {
  return new AppError('not_found', `Auth provider connection '${readableId}' not found`);
}
