import type { AnyConnector } from '../../connector-kit/index.ts';
import type { Caller } from '../access/index.ts';
import { type AuthProviderDependencies, chooseProvider, type ProviderChoice } from '../auth-providers/index.ts';
import { type Collection, getCollection } from '../collections/index.ts';
import { requireRoom, requireUsage, type UsageAction } from '../quotas/index.ts';
import { AppError, type JsonObject, newId, SourceConnectionId, SyncId, SyncJobId } from '../shared/index.ts';
import type { NewConnection } from './connection-store.ts';
import type { ConnectionDependencies } from './connections.ts';
import { fixedToken } from './fixed-token.ts';
import { requireFeatures } from './require-features.ts';
import { type ScheduleRequest, toDefaultSchedule, toSchedule } from './schedule-input.ts';
import type { SourceConnection } from './source-connection.ts';
import { parseConfig, parseCredentials, validateWithSource } from './validate-source.ts';

export interface ConnectionInput {
  readonly shortName: string;
  readonly readableCollectionId: string;
  /** Absent: named after the source. */
  readonly name?: string;
  readonly description: string | null;
  readonly config: JsonObject | null;
  /** Undefined: the source's default rhythm; a null cron: none. */
  readonly schedule?: ScheduleRequest;
  /** Absent: true for everything but a sign-in in the browser. */
  readonly syncImmediately?: boolean;
  readonly authentication: Authentication;
  /** Where the browser goes after a sign-in; absent: to the dashboard. */
  readonly redirectUrl?: string;
}

/** What an application is known by at the source's authorisation server; with OAuth 1, its consumer key and secret. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
}

/** How a connection is to be authorised. */
export type GivenAuthentication =
  | { readonly method: 'direct'; readonly credentials: JsonObject | null }
  | { readonly method: 'oauth_token'; readonly accessToken: string; readonly expiresAt: Date | null }
  | { readonly method: 'oauth_browser' }
  | { readonly method: 'oauth_byoc'; readonly client: OAuthClient }
  | { readonly method: 'auth_provider'; readonly readableId: string; readonly config: JsonObject | null };

/** `none`: nothing was said. */
export type Authentication = GivenAuthentication | { readonly method: 'none' };

/** The source that takes what is pushed; its connection is made by the first push. */
export const documentsSource = 'documents';

/** A connection to be, of which the first things were checked. */
export interface PreparedConnection<Given extends GivenAuthentication = GivenAuthentication> {
  readonly connector: AnyConnector;
  readonly authentication: Given;
}

/** The ways that are finished within the request; a sign-in in the browser is begun with `connectSource` of `core/sign-in`. */
type ImmediateAuthentication = Exclude<GivenAuthentication, { method: 'oauth_browser' | 'oauth_byoc' }>;

/**
 * The checks that come first, whichever way a source is signed in to.
 *
 * @throws AppError('invalid_request') when a quota is used up, or for a way of signing in that the source does not have;
 *         AppError('not_found') for an unknown source; 'forbidden' for a field whose feature the organisation lacks
 */
export async function prepareConnection(
  dependencies: Pick<ConnectionDependencies, 'authProviders' | 'connectors' | 'quotas'>,
  caller: Caller,
  input: ConnectionInput,
): Promise<PreparedConnection> {
  await requireRoom(dependencies.quotas, caller.scope);
  const brings: readonly UsageAction[] = input.syncImmediately === false ? [] : ['entities'];
  await requireUsage(dependencies.quotas, caller.scope, ['source_connections', ...brings]);
  const connector = dependencies.connectors.find(input.shortName);
  if (connector === undefined) throw new AppError('not_found', `Source '${input.shortName}' not found`);
  if (connector.shortName === documentsSource) {
    throw new AppError(
      'invalid_request',
      'Documents are pushed: POST them to /collections/{readable_id}/documents, and their connection is made by itself.',
    );
  }
  await requireFeatures(dependencies.authProviders?.features, caller.scope, connector, input.config);
  return { connector, authentication: resolveAuthentication(connector, input.authentication) };
}

/** The source's own word for what it takes: without required fields, saying nothing means direct. */
function resolveAuthentication(connector: AnyConnector, authentication: Authentication): GivenAuthentication {
  const needsNothing = !connector.credentialFields.some((field) => field.required);
  const isBrowserByDefault = authentication.method === 'none' || authentication.method === 'oauth_browser';
  const given: GivenAuthentication =
    isBrowserByDefault && needsNothing && !offers(connector, 'oauth_browser') && offers(connector, 'direct')
      ? { method: 'direct', credentials: null }
      : authentication.method === 'none'
        ? { method: 'oauth_browser' }
        : authentication;
  if (offers(connector, given.method)) return given;
  throw new AppError(
    'invalid_request',
    `The source '${connector.shortName}' does not support the authentication method '${given.method}'. It takes: ${connector.authMethods.join(', ')}.`,
  );
}

/** A client of one's own is taken wherever users sign in in the browser. */
function offers(connector: AnyConnector, method: GivenAuthentication['method']): boolean {
  return connector.authMethods.includes(method === 'oauth_byoc' ? 'oauth_browser' : method);
}

/** Whether the browser has to be sent to the source before the connection works. */
export function isBrowserSignIn(
  prepared: PreparedConnection,
): prepared is PreparedConnection<Extract<GivenAuthentication, { method: 'oauth_browser' | 'oauth_byoc' }>> {
  return prepared.authentication.method === 'oauth_browser' || prepared.authentication.method === 'oauth_byoc';
}

/**
 * Connects a source: checks configuration and credentials, first by themselves, then against the source, and saves them.
 *
 * @throws AppError as `validateWithSource`, 'not_found' for an unknown collection or provider connection, 'unprocessable' for
 *         fields that do not fit, 'invalid_request' where the browser is needed
 */
export async function createConnection(
  dependencies: ConnectionDependencies,
  caller: Caller,
  input: ConnectionInput,
  prepared?: PreparedConnection,
): Promise<SourceConnection> {
  const { connector, authentication } = prepared ?? (await prepareConnection(dependencies, caller, input));
  if (authentication.method === 'oauth_browser' || authentication.method === 'oauth_byoc') {
    throw new AppError('invalid_request', `The source '${connector.shortName}' is signed in to in the browser.`);
  }
  const { config, access } = await checkAuthentication(dependencies, caller, connector, authentication, input.config);
  const collection = await getCollection(dependencies.collections, caller, input.readableCollectionId);
  const now = new Date();
  const runsNow = input.syncImmediately ?? true;
  const syncId = newId(SyncId);
  const schedule =
    input.schedule === undefined
      ? toDefaultSchedule(connector, syncId, now)
      : toSchedule(connector, input.schedule, syncId, now);
  const hasSync = schedule.cron !== null || runsNow;
  const id = newId(SourceConnectionId);
  const stored = Object.keys(access.stored).length === 0 ? null : access.stored;
  return dependencies.connections.insert(caller.scope, {
    ...describeConnection(connector, collection, caller, { ...input, config }),
    id,
    sealedCredentials: stored === null ? null : dependencies.vault.seal(caller.scope, id, stored),
    authMethod: authentication.method,
    ...(access.authProvider === undefined ? {} : { authProvider: access.authProvider }),
    sync: hasSync ? { id: syncId, ...schedule } : null,
    job: runsNow ? { id: newId(SyncJobId), trigger: 'manual' } : null,
  });
}

/** What of a new connection does not depend on how its source is signed in to. */
export function describeConnection(
  connector: AnyConnector,
  collection: Pick<Collection, 'id'>,
  caller: Caller,
  input: Pick<ConnectionInput, 'name' | 'description'> & { readonly config: JsonObject },
): Pick<
  NewConnection,
  'collectionId' | 'name' | 'description' | 'shortName' | 'config' | 'createdByEmail' | 'endUserId'
> {
  return {
    collectionId: collection.id,
    name: input.name ?? `${connector.displayName} Connection`,
    description: input.description,
    shortName: connector.shortName,
    config: input.config,
    createdByEmail: caller.email,
    endUserId: caller.connect?.endUserId ?? null,
  };
}

/** What is kept of how a source is signed in to. */
interface CheckedAccess {
  /** To be sealed; empty: nothing. */
  readonly stored: JsonObject;
  readonly authProvider?: ProviderChoice;
}

/** Where each way of authentication meets its checks. A provider is not asked for credentials before the first run. */
async function checkAuthentication(
  dependencies: ConnectionDependencies,
  caller: Caller,
  connector: AnyConnector,
  authentication: ImmediateAuthentication,
  givenConfig: JsonObject | null,
): Promise<{ readonly config: JsonObject; readonly access: CheckedAccess }> {
  const { policy } = dependencies;
  switch (authentication.method) {
    case 'direct': {
      const stored = parseCredentials(connector, authentication.credentials);
      const config = parseConfig(connector, givenConfig);
      await validateWithSource(connector, { config, credentials: stored, policy });
      return { config, access: { stored } };
    }
    case 'oauth_token': {
      const { accessToken, expiresAt } = authentication;
      const credentials = parseCredentials(connector, { access_token: accessToken });
      const config = parseConfig(connector, givenConfig);
      await validateWithSource(connector, { config, credentials, tokens: fixedToken(accessToken, expiresAt), policy });
      return {
        config,
        access: { stored: { access_token: accessToken, expires_at: expiresAt?.toISOString() ?? null } },
      };
    }
    case 'auth_provider': {
      const config = parseConfig(connector, givenConfig);
      const choice = { readableId: authentication.readableId, config: authentication.config };
      const providers = requireProviders(dependencies, choice.readableId);
      const authProvider = await chooseProvider(providers, caller.scope, connector.shortName, choice);
      return { config, access: { stored: {}, authProvider } };
    }
  }
}

function requireProviders(
  { authProviders }: ConnectionDependencies,
  readableId: string,
): Pick<AuthProviderDependencies, 'providers' | 'providerConnections'> {
  if (authProviders !== undefined) return authProviders;
  throw new AppError('not_found', `Auth provider connection '${readableId}' not found`);
}
