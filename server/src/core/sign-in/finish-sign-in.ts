import type { AnyConnector } from '../../connector-kit/index.ts';
import {
  fixedToken,
  type OAuthClient,
  parseCredentials,
  type ScheduleRequest,
  type SourceConnection,
  toDefaultSchedule,
  toSchedule,
  validateWithSource,
} from '../connections/index.ts';
import { AppError, isAppError, type JsonObject, newId, SyncId, SyncJobId } from '../shared/index.ts';
import { withAddresses } from './authorize-url.ts';
import { requireOAuth } from './begin-sign-in.ts';
import { toCredentials } from './open-signed-in.ts';
import { toSuccessUrl } from './redirect-url.ts';
import { openSecrets, type SignInSecrets } from './sealed-secrets.ts';
import { notPending, requirePending, type SignIn } from './sign-in.ts';
import { callbackUrl, type SignInDependencies } from './sign-in-dependencies.ts';
import { hashOf, isLinkCode } from './sign-in-secrets.ts';
import { type StoredTokens, toSealable } from './stored-tokens.ts';
import { toSignInError } from './to-sign-in-error.ts';

/** What a browser brings back from a source. Nothing of it is trusted. */
export interface BroughtBack {
  readonly state?: string;
  readonly code?: string;
  /** OAuth 2, section 4.1.2.1: the person refused, or something is wrong there. */
  readonly error?: string;
  readonly oauthToken?: string;
  readonly oauthVerifier?: string;
}

/**
 * Where the link of a sign-in leads. It is good once.
 * @throws AppError('not_found') for one that is unknown, used or too old
 */
export async function followLink(dependencies: SignInDependencies, code: string, now: Date): Promise<string> {
  const signIn = isLinkCode(code) ? await dependencies.signIns.takeLink(code, now) : undefined;
  const secrets = signIn === undefined ? undefined : openSecrets(dependencies.vault, signIn);
  if (secrets !== undefined) return secrets.authorizeUrl;
  throw new AppError('not_found', 'This sign-in link is unknown, was used already, or is older than five minutes.');
}

/**
 * Takes what the browser brings back, gets the tokens for it, asks the source whether they work, and keeps them.
 *
 * Errors of a known sign-in have `details.returnTo`, the address that whoever began it wanted to come back to.
 *
 * @returns where the browser goes now
 * @throws AppError('invalid_request') when something is missing, was refused or was used; 'not_found' when nothing is known of it;
 *         'gone' after five minutes; 'rate_limited' | 'upstream_failed' when the source does not answer as it should
 */
export async function finishSignIn(dependencies: SignInDependencies, brought: BroughtBack, now: Date): Promise<string> {
  const { state, code, oauthToken, oauthVerifier, error } = brought;
  const isOAuth1 = Boolean(oauthToken && oauthVerifier);
  const known = isOAuth1 ? oauthToken : state;
  if (!known || (!isOAuth1 && !code && !error)) {
    throw new AppError('invalid_request', 'The address must have state and code, or oauth_token and oauth_verifier.');
  }
  const signIn = await dependencies.signIns.findByState(hashOf(known));
  if (signIn === undefined) {
    throw new AppError(
      'not_found',
      'This sign-in is not known here: it was not begun at this server, or is long over.',
    );
  }
  try {
    requirePending(signIn, now);
    if (!isOAuth1 && !code) throw await refuse(dependencies, signIn, error);
    await takeUp(dependencies, signIn, isOAuth1 ? { verifier: oauthVerifier ?? '' } : { code: code ?? '' }, now);
  } catch (failure) {
    throw withReturn(failure, signIn);
  }
  return toSuccessUrl(signIn.redirectUrl, signIn.connectionId);
}

/** The source's own word for what happened is shown only in the form that RFC 6749 gives it. */
async function refuse({ signIns }: SignInDependencies, signIn: SignIn, error = ''): Promise<AppError> {
  await signIns.move(signIn, 'failed');
  const why =
    error === 'access_denied'
      ? 'Access was not allowed at the source.'
      : `The source did not allow the sign-in${/^[a-z_]{1,60}$/.test(error) ? ` (${error})` : ''}.`;
  return new AppError('invalid_request', `${why} Nothing was connected. Begin again to allow it.`);
}

async function takeUp(
  dependencies: SignInDependencies,
  signIn: SignIn,
  proof: { readonly code: string } | { readonly verifier: string },
  now: Date,
): Promise<void> {
  const connection = await dependencies.connections.find(signIn.scope, signIn.connectionId);
  const connector = dependencies.connectors.find(connection?.shortName ?? '');
  if (connection === undefined || connector === undefined) {
    throw new AppError('not_found', 'The source connection of this sign-in was deleted.');
  }
  // Of two that come at once with the same code, one goes on.
  if (!(await dependencies.signIns.move(signIn, 'exchanging'))) throw notPending('exchanging');
  try {
    const tokens = await getTokens(dependencies, connector, connection, signIn, proof);
    await keepTokens(dependencies, connector, connection, signIn, tokens, now);
  } catch (error) {
    await dependencies.signIns.move(signIn, 'failed');
    throw toSignInError(error, connector);
  }
}

async function getTokens(
  dependencies: SignInDependencies,
  connector: AnyConnector,
  connection: SourceConnection,
  signIn: SignIn,
  proof: { readonly code: string } | { readonly verifier: string },
): Promise<StoredTokens> {
  const oauth = requireOAuth(connector);
  const secrets = openSecrets(dependencies.vault, signIn);
  const client = secrets?.client ?? dependencies.oauthClients.get(connector.shortName);
  if (secrets === undefined || client === undefined) {
    throw new AppError('invalid_request', 'The OAuth client of this sign-in is no longer set. Begin it again.');
  }
  const kept = { client: secrets.client ?? null };
  if (oauth.kind === 'oauth1') {
    const requestToken = requireRequestToken(secrets);
    const verifier = 'verifier' in proof ? proof.verifier : '';
    const { token, secret } = await dependencies.oauth.accessToken(oauth, { client, requestToken, verifier });
    return { access_token: token, access_token_secret: secret, refresh_token: null, expires_at: null, ...kept };
  }
  const answer = await dependencies.oauth.exchangeCode(withAddresses(oauth, connection.config), {
    client,
    code: 'code' in proof ? proof.code : '',
    redirectUri: callbackUrl(dependencies),
    ...(secrets.verifier === undefined ? {} : { verifier: secrets.verifier }),
  });
  return {
    access_token: answer.accessToken,
    access_token_secret: null,
    refresh_token: answer.refreshToken ?? null,
    expires_at: answer.expiresAt,
    kept: { ...answer.kept },
    ...kept,
  };
}

function requireRequestToken({ requestToken }: SignInSecrets): NonNullable<SignInSecrets['requestToken']> {
  if (requestToken !== undefined) return requestToken;
  throw new AppError('invalid_request', 'This sign-in was not begun with OAuth 1. Begin it again.');
}

async function keepTokens(
  dependencies: SignInDependencies,
  connector: AnyConnector,
  { id, config }: SourceConnection,
  signIn: SignIn,
  tokens: StoredTokens,
  now: Date,
): Promise<void> {
  const client: OAuthClient | undefined = tokens.client ?? dependencies.oauthClients.get(connector.shortName);
  const credentials = parseCredentials(connector, toCredentials(connector, tokens, client));
  const { policy, vault, signIns } = dependencies;
  await validateWithSource(connector, { config, credentials, policy, tokens: fixedToken(tokens.access_token, null) });
  const syncId = newId(SyncId);
  const isKept = await signIns.finish(signIn, {
    connectionId: id,
    sealedCredentials: vault.seal(signIn.scope, id, toSealable(tokens)),
    authMethod: tokens.client === null ? 'oauth_browser' : 'oauth_byoc',
    sync: { id: syncId, ...scheduleOf(connector, signIn.schedule, syncId, now) },
    jobId: newId(SyncJobId),
  });
  if (!isKept) throw notPending('cancelled');
}

function scheduleOf(connector: AnyConnector, remembered: JsonObject | null, syncId: SyncId, now: Date) {
  if (remembered === null) return toDefaultSchedule(connector, syncId, now);
  const { cron, timeZone, isContinuous } = remembered;
  const request: ScheduleRequest = {
    cron: typeof cron === 'string' ? cron : null,
    ...(typeof timeZone === 'string' ? { timeZone } : {}),
    ...(typeof isContinuous === 'boolean' ? { isContinuous } : {}),
  };
  return toSchedule(connector, request, syncId, now);
}

function withReturn(failure: unknown, { redirectUrl }: SignIn): unknown {
  if (!isAppError(failure)) return failure;
  const { code, message, retryAfterMs } = failure;
  return new AppError(code, message, {
    cause: failure,
    details: { returnTo: redirectUrl },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
