import type { AnyConnector } from '../../connector-kit/index.ts';
import type { Caller } from '../access/index.ts';
import type { OAuthClient, ScheduleRequest } from '../connections/index.ts';
import { AppError, type JsonObject, type SourceConnectionId } from '../shared/index.ts';
import { toAuthorizeUrl, withAddresses } from './authorize-url.ts';
import { type SignInSecrets, sealSecrets } from './sealed-secrets.ts';
import { signInLifetimeMs } from './sign-in.ts';
import { callbackUrl, type SignInDependencies } from './sign-in-dependencies.ts';
import { createClaimToken, createLinkCode, createPkce, createState, hashOf } from './sign-in-secrets.ts';
import type { NewSignIn } from './sign-in-store.ts';
import { toSignInError } from './to-sign-in-error.ts';

/** What a sign-in begins with. */
export interface SignInPlan {
  readonly connector: AnyConnector;
  readonly connectionId: SourceConnectionId;
  readonly config: JsonObject;
  /** With which the source is asked. */
  readonly client: OAuthClient;
  /** Whether it is the user's, and so has to be kept. */
  readonly isOwnClient: boolean;
  readonly redirectUrl: string;
  /** Null: the source's own rhythm. */
  readonly schedule: JsonObject | null;
}

export interface PlannedSignIn {
  readonly signIn: NewSignIn;
  /** Shown to whoever began it, once. */
  readonly claimToken: string;
}

/** Who began a sign-in, and so has to finish it; null for API keys, whoever holds them. */
export function initiatorOf(caller: Pick<Caller, 'userId' | 'connect'>): string | null {
  if (caller.connect !== undefined) return `session:${caller.connect.sessionId}`;
  return caller.userId === null ? null : `user:${caller.userId}`;
}

/**
 * Makes a link that leads the browser to the source, and what is needed when it comes back. With OAuth 1 the source is asked
 * for a request token now.
 *
 * @throws AppError('invalid_request' | 'rate_limited' | 'upstream_failed') when it gives none
 */
export async function planSignIn(
  dependencies: Pick<SignInDependencies, 'oauth' | 'vault' | 'apiUrl'>,
  caller: Caller,
  plan: SignInPlan,
  now: Date,
): Promise<PlannedSignIn> {
  const id = crypto.randomUUID();
  const { state, secrets } = await askForLink(dependencies, plan);
  const code = createLinkCode();
  const claimToken = createClaimToken();
  return {
    claimToken,
    signIn: {
      id,
      connectionId: plan.connectionId,
      stateHash: hashOf(state),
      link: { code, url: `${dependencies.apiUrl()}/source-connections/authorize/${code}` },
      claimHash: hashOf(claimToken),
      initiator: initiatorOf(caller),
      redirectUrl: plan.redirectUrl,
      schedule: plan.schedule,
      sealedSecrets: sealSecrets(dependencies.vault, caller.scope, id, {
        ...secrets,
        ...(plan.isOwnClient ? { client: { ...plan.client } } : {}),
      }),
      expiresAt: new Date(now.getTime() + signInLifetimeMs),
    },
  };
}

async function askForLink(
  dependencies: Pick<SignInDependencies, 'oauth' | 'apiUrl'>,
  { connector, config, client }: SignInPlan,
): Promise<{ readonly state: string; readonly secrets: SignInSecrets }> {
  const oauth = requireOAuth(connector);
  if (oauth.kind === 'oauth1') {
    const requestToken = await dependencies.oauth
      .requestToken(oauth, { client, callbackUrl: callbackUrl(dependencies) })
      .catch((error: unknown) => {
        throw toSignInError(error, connector);
      });
    const url = new URL(oauth.authorizeUrl);
    const parameters = { ...oauth.authorizeParameters, oauth_token: requestToken.token };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { state: requestToken.token, secrets: { authorizeUrl: url.href, requestToken: { ...requestToken } } };
  }
  const state = createState();
  const pkce = oauth.usesPkce === false ? undefined : createPkce();
  const authorizeUrl = toAuthorizeUrl(withAddresses(oauth, config), {
    clientId: client.id,
    redirectUri: callbackUrl(dependencies),
    state,
    ...(pkce === undefined ? {} : { challenge: pkce.challenge }),
  });
  return { state, secrets: { authorizeUrl, ...(pkce === undefined ? {} : { verifier: pkce.verifier }) } };
}

/** @throws AppError('invalid_request') */
export function requireOAuth(connector: AnyConnector): NonNullable<AnyConnector['oauth']> {
  if (connector.oauth !== undefined) return connector.oauth;
  throw new AppError('invalid_request', `OAuth is not configured for the source '${connector.shortName}'.`);
}

/** A schedule as it is remembered until the browser comes back. */
export function toRememberedSchedule(schedule: ScheduleRequest | undefined): JsonObject | null {
  if (schedule === undefined) return null;
  const { cron, timeZone, isContinuous } = schedule;
  return {
    cron,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(isContinuous === undefined ? {} : { isContinuous }),
  };
}
