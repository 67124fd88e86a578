import type { Caller } from '../access/index.ts';
import { getCollection } from '../collections/index.ts';
import {
  type ConnectionInput,
  createConnection,
  describeConnection,
  isBrowserSignIn,
  parseConfig,
  prepareConnection,
  type SourceConnection,
  toSchedule,
} from '../connections/index.ts';
import { AppError, newId, SourceConnectionId, SyncId } from '../shared/index.ts';
import { withAddresses } from './authorize-url.ts';
import { planSignIn, requireOAuth, toRememberedSchedule } from './begin-sign-in.ts';
import { chooseClient } from './oauth-clients.ts';
import { parseRedirectUrl } from './redirect-url.ts';
import type { SignInDependencies } from './sign-in-dependencies.ts';

/** A connection, and what only this answer tells. */
export interface StartedConnection {
  readonly connection: SourceConnection;
  /** With which whoever began a sign-in finishes it; absent: there is none to finish. */
  readonly claimToken?: string;
}

/**
 * Connects a source in whichever way was chosen: at once, or, with a sign-in in the browser, as a connection that waits for it.
 *
 * @throws AppError as `prepareConnection` and `createConnection`; 'invalid_request' where a client is missing, or a run is asked
 *         for before the sign-in; 'unprocessable' for an address to go back to that is none
 */
export async function connectSource(
  dependencies: SignInDependencies,
  caller: Caller,
  input: ConnectionInput,
): Promise<StartedConnection> {
  const redirectUrl = input.redirectUrl === undefined ? undefined : parseRedirectUrl(input.redirectUrl);
  const prepared = await prepareConnection(dependencies, caller, input);
  if (!isBrowserSignIn(prepared)) {
    return { connection: await createConnection(dependencies, caller, input, prepared) };
  }
  const { connector, authentication } = prepared;
  const oauth = requireOAuth(connector);
  const client = chooseClient(dependencies.oauthClients, connector, authentication);
  if (input.syncImmediately === true) {
    throw new AppError(
      'invalid_request',
      'OAuth connections cannot use sync_immediately: the first sync begins once the sign-in is done. Leave it out.',
    );
  }
  const config = parseConfig(connector, input.config);
  // Only to see, before anything is kept, that they can be filled in.
  if (oauth.kind === 'oauth2') withAddresses(oauth, config);
  const collection = await getCollection(dependencies.collections, caller, input.readableCollectionId);
  const now = new Date();
  if (input.schedule !== undefined) toSchedule(connector, input.schedule, newId(SyncId), now);
  const id = newId(SourceConnectionId);
  const plan = {
    ...{ connector, config, client },
    connectionId: id,
    isOwnClient: authentication.method === 'oauth_byoc',
    redirectUrl: redirectUrl ?? `${dependencies.apiUrl()}/app/collections/${encodeURIComponent(collection.readableId)}`,
    schedule: toRememberedSchedule(input.schedule),
  };
  const { signIn, claimToken } = await planSignIn(dependencies, caller, plan, now);
  const connection = await dependencies.signIns.connect(
    caller.scope,
    {
      ...describeConnection(connector, collection, caller, { ...input, config }),
      id,
      isAuthenticated: false,
      sealedCredentials: null,
      // Whether the client was the user's own is told once the sign-in is done.
      authMethod: 'oauth_browser',
      sync: null,
      job: null,
    },
    signIn,
  );
  return { connection, claimToken };
}
