import { randomBytes } from 'node:crypto';
import type { OAuth1, OAuth2 } from '../../connector-kit/index.ts';
import type { OAuthClient } from '../../core/connections/index.ts';
import { OutboundFailure, type OutboundHttp, type OutboundResponse } from '../../core/outbound/index.ts';
import { OAuthFailure, type OAuthGateway, type TokenPair } from '../../core/sign-in/index.ts';
import { readTokenAnswer, requireFields } from './read-token-answer.ts';
import { type OAuth1Request, signOAuth1 } from './sign-oauth1.ts';

/** A person is waiting, or a run. */
const timeoutMs = 20_000;
/** Token answers have some kilobytes. */
const maxBytes = 256 * 1024;

/** Speaks OAuth with sources' servers. Redirects are not followed: they would carry the client's secret elsewhere. */
export function createOAuthGateway(
  http: Pick<OutboundHttp, 'send'>,
  options: { readonly timeoutMs?: number } = {},
): OAuthGateway {
  const send = async (url: string, headers: Readonly<Record<string, string>>, body: string) => {
    const request = { url, method: 'POST', headers, body, maxBytes, maxRedirects: 0 } as const;
    try {
      return await http.send({ ...request, timeoutMs: options.timeoutMs ?? timeoutMs });
    } catch (error) {
      throw toOAuthFailure(error);
    }
  };

  const askForToken = async (oauth: OAuth2, client: OAuthClient, fields: Readonly<Record<string, string>>) => {
    const { headers, body } = toTokenRequest(oauth, client, fields);
    return readTokenAnswer(await send(oauth.tokenUrl, headers, body), oauth, new Date());
  };

  const askForPair = async (url: string, request: Omit<OAuth1Request, 'method' | 'url' | 'nonce' | 'timestamp'>) => {
    const authorization = signOAuth1({
      ...request,
      ...{ method: 'POST', url, nonce: randomBytes(16).toString('hex'), timestamp: Math.floor(Date.now() / 1_000) },
    });
    return readTokenPair(await send(url, { accept: '*/*', authorization }, ''));
  };

  return {
    exchangeCode: (oauth, { client, code, redirectUri, verifier }) =>
      askForToken(oauth, client, {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        ...(verifier === undefined ? {} : { code_verifier: verifier }),
      }),

    refresh: (oauth, { client, refreshToken }) =>
      askForToken(oauth, client, {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        ...(oauth.refreshSendsScopes === true ? { scope: oauth.scopes.join(oauth.scopeSeparator ?? ' ') } : {}),
      }),

    requestToken: (oauth: OAuth1, { client, callbackUrl }) =>
      askForPair(oauth.requestTokenUrl, { consumer: client, parameters: { oauth_callback: callbackUrl } }),

    accessToken: (oauth: OAuth1, { client, requestToken, verifier }) =>
      askForPair(oauth.accessTokenUrl, {
        consumer: client,
        tokenSecret: requestToken.secret,
        parameters: { oauth_token: requestToken.token, oauth_verifier: verifier },
      }),
  };
}

/** RFC 6749, sections 2.3.1 and 4.1.3. */
function toTokenRequest(
  oauth: OAuth2,
  client: OAuthClient,
  fields: Readonly<Record<string, string>>,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const isBasic = oauth.clientAuthentication === 'basic';
  const all = isBasic ? fields : { ...fields, client_id: client.id, client_secret: client.secret };
  const isJson = oauth.tokenRequestFormat === 'json';
  return {
    headers: {
      accept: 'application/json',
      'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
      ...(isBasic ? { authorization: `Basic ${toBasic(client)}` } : {}),
    },
    body: isJson ? JSON.stringify(all) : new URLSearchParams(all).toString(),
  };
}

function toBasic({ id, secret }: OAuthClient): string {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
  return Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64');
}

function readTokenPair(response: OutboundResponse): TokenPair {
  // OAuth 1 says nothing about the content type of form fields; what begins with a tag is a page.
  const isPage = new TextDecoder().decode(response.body.subarray(0, 1)) === '<';
  if (!isPage && [400, 401, 403].includes(response.status)) {
    // Servers say why in words of their own.
    const why =
      'The source does not take the OAuth client or the sign-in. Check the consumer key and secret, and begin again.';
    throw new OAuthFailure('client', why);
  }
  const headers = isPage ? response.headers : { ...response.headers, 'content-type': 'text/plain' };
  const { oauth_token: token, oauth_token_secret: secret } = requireFields({ ...response, headers });
  if (typeof token !== 'string' || token === '' || typeof secret !== 'string') {
    throw new OAuthFailure('unusable', 'The source answered without a token.');
  }
  return { token, secret };
}

function toOAuthFailure(error: unknown): unknown {
  if (!(error instanceof OutboundFailure)) return error;
  const cause = { cause: error };
  switch (error.kind) {
    case 'refused':
      return new OAuthFailure('client', error.message, cause);
    case 'too_large':
      return new OAuthFailure('unusable', 'The source answered with more than tokens can be.', cause);
    case 'timed_out':
      return new OAuthFailure('unavailable', 'The source did not answer in time. Try again.', cause);
    default:
      return new OAuthFailure('unavailable', error.message, cause);
  }
}
