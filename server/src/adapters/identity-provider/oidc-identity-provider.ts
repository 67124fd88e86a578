import * as client from 'openid-client';
import type { IdentityProvider } from '../../core/accounts/index.ts';
import type { OutboundHttp } from '../../core/outbound/index.ts';
import { AppError } from '../../core/shared/index.ts';
import type { OidcSettings } from './oidc-settings.ts';
import { toIdentity } from './oidc-token-verifier.ts';
import { createOutboundFetch } from './outbound-fetch.ts';

/** Signing in at the provider with a browser: the authorisation code flow with PKCE. @see OpenID Connect Core 1.0, section 3.1 */
export function createOidcIdentityProvider(http: OutboundHttp, settings: OidcSettings): IdentityProvider {
  const [clientId] = settings.audience;
  let discovered: Promise<client.Configuration> | undefined;

  const configuration = (): Promise<client.Configuration> => {
    discovered ??= discover().catch((error: unknown) => {
      // The next sign-in asks again.
      discovered = undefined;
      throw new AppError(
        'upstream_failed',
        'The identity provider cannot be reached: try again, or tell whoever runs it.',
        {
          cause: error,
        },
      );
    });
    return discovered;
  };

  async function discover(): Promise<client.Configuration> {
    const secret = settings.clientSecret;
    const authentication = secret === undefined ? client.None() : client.ClientSecretPost(secret);
    const isPlain = settings.issuer.startsWith('http:');
    const config = await client.discovery(new URL(settings.issuer), clientId, undefined, authentication, {
      [client.customFetch]: createOutboundFetch(http),
      // Plain HTTP only where the operator named such an issuer, as for one on the same machine.
      ...(isPlain ? { execute: [client.allowInsecureRequests] } : {}),
    });
    return config;
  }

  return {
    async begin(redirectUri, state) {
      const config = await configuration();
      const codeVerifier = client.randomPKCECodeVerifier();
      const nonce = client.randomNonce();
      const url = client.buildAuthorizationUrl(config, {
        ...{ redirect_uri: redirectUri, scope: 'openid email profile', state, nonce },
        ...{ code_challenge: await client.calculatePKCECodeChallenge(codeVerifier), code_challenge_method: 'S256' },
      });
      return { url: url.href, pending: { codeVerifier, nonce } };
    },

    async finish(answer, state, pending) {
      const config = await configuration();
      let claims: client.IDToken | undefined;
      try {
        const tokens = await client.authorizationCodeGrant(config, answer, {
          ...{ expectedState: state, expectedNonce: pending.nonce, pkceCodeVerifier: pending.codeVerifier },
          idTokenExpected: true,
        });
        claims = tokens.claims();
      } catch (error) {
        throw toFailure(error);
      }
      const identity = claims === undefined ? undefined : toIdentity(claims, settings.issuer);
      if (identity !== undefined) return identity;
      throw new AppError(
        'unauthorized',
        'The identity provider did not say that it has verified your e-mail address (email_verified): ask whoever runs it.',
      );
    },
  };
}

function toFailure(error: unknown): AppError {
  if (error instanceof client.AuthorizationResponseError) {
    const message =
      error.error === 'access_denied'
        ? 'You, or the identity provider, said no to signing in. Begin again if that was not meant.'
        : 'The identity provider refused the sign-in. Begin again; if it happens again, tell whoever runs it.';
    return new AppError('unauthorized', message, { cause: error });
  }
  const message =
    'The identity provider did not answer as it should. Begin again; if it happens again, tell whoever runs it.';
  return new AppError('upstream_failed', message, { cause: error });
}
