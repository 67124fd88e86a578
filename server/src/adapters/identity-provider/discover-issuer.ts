import { z } from 'zod';
import type { OutboundHttp } from '../../core/outbound/index.ts';
import { AppError } from '../../core/shared/index.ts';

/** The part of a provider's own description that is used here. */
const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const maxBytes = 1024 * 1024;
const timeoutMs = 10_000;

/** Where an issuer publishes its keys. @see OpenID Connect Discovery 1.0, section 4 */
export async function discoverJwksUrl(http: OutboundHttp, issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const description = Discovery.parse(await fetchJson(http, url));
  // A trailing slash is the one difference that providers are known to make.
  if (description.issuer.replace(/\/$/, '') !== issuer.replace(/\/$/, '')) {
    throw new AppError('unavailable', 'The identity provider says that it is another one: check OIDC_ISSUER.');
  }
  return description.jwks_uri;
}

/** @throws AppError('unavailable'), OutboundFailure */
export async function fetchJson(http: OutboundHttp, url: string): Promise<unknown> {
  const response = await http.send({
    url,
    method: 'GET',
    headers: { accept: 'application/json' },
    timeoutMs,
    maxBytes,
  });
  if (response.status !== 200) {
    throw new AppError('unavailable', `The identity provider answered with status ${response.status}.`);
  }
  return JSON.parse(Buffer.from(response.body).toString('utf8'));
}
