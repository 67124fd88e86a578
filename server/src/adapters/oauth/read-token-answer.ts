import type { OAuth2 } from '../../connector-kit/index.ts';
import type { OutboundResponse } from '../../core/outbound/index.ts';
import { OAuthFailure, type OAuthFailureKind, type TokenAnswer } from '../../core/sign-in/index.ts';

const maxTokenLength = 16_384;
const maxLifetimeSeconds = 10 * 365 * 86_400;
/** As RFC 6749 spells them; other codes are not repeated, they may hold anything. */
const shownCode = /^[a-z0-9_.-]{1,60}$/i;

/** What codes mean, those of RFC 6749 and those that well-known servers use instead. */
const kinds: ReadonlyMap<string, OAuthFailureKind> = new Map([
  ...codes('grant', 'invalid_grant', 'access_denied', 'bad_verification_code', 'invalid_code', 'code_already_used'),
  ...codes('grant', 'token_expired', 'token_revoked', 'expired_token', 'invalid_token', 'invalid_refresh_token'),
  ...codes('grant', 'bad_refresh_token', 'invalid_auth', 'account_inactive', 'consent_required', 'login_required'),
  ...codes('grant', 'interaction_required'),
  ...codes('client', 'invalid_client', 'unauthorized_client', 'incorrect_client_credentials', 'bad_client_secret'),
  ...codes('client', 'invalid_client_id', 'redirect_uri_mismatch', 'bad_redirect_uri', 'invalid_scope'),
  ...codes('client', 'unsupported_grant_type', 'unsupported_response_type', 'invalid_request'),
  ...codes('rate_limited', 'slow_down', 'rate_limited', 'ratelimited', 'rate_limit_exceeded', 'too_many_requests'),
  ...codes('unavailable', 'temporarily_unavailable', 'server_error', 'internal_error', 'service_unavailable'),
]);

function codes(kind: OAuthFailureKind, ...names: readonly string[]): readonly (readonly [string, OAuthFailureKind])[] {
  return names.map((name) => [name, kind]);
}

/**
 * Reads what a token address answered. Servers differ: some tell of a failure in an answer of status 200, some send a page, some
 * send form fields instead of JSON.
 *
 * @throws OAuthFailure
 */
export function readTokenAnswer(
  response: Pick<OutboundResponse, 'status' | 'headers' | 'body'>,
  oauth: OAuth2,
  now: Date,
): TokenAnswer {
  const fields = requireFields(response);
  const accessToken = at(fields, oauth.tokenPath ?? 'access_token') ?? fields.access_token;
  if (!isToken(accessToken)) throw new OAuthFailure('unusable', 'The source answered without an access token.');
  const refreshToken = fields.refresh_token;
  return {
    accessToken,
    ...(isToken(refreshToken) ? { refreshToken } : {}),
    expiresAt: toExpiry(fields.expires_in, oauth.defaultLifetimeSeconds, now),
    kept: Object.fromEntries(
      (oauth.keptFields ?? []).flatMap((name) => {
        const value = fields[name];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    ),
  };
}

/**
 * The fields of an answer that tells of no failure.
 * @throws OAuthFailure
 */
export function requireFields(
  response: Pick<OutboundResponse, 'status' | 'headers' | 'body'>,
): Readonly<Record<string, unknown>> {
  const { status } = response;
  const retryAfterMs = toRetryAfterMs(response.headers['retry-after']);
  const later = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 429) throw new OAuthFailure('rate_limited', 'The source allows no more requests for now.', later);
  if (status >= 500) throw new OAuthFailure('unavailable', `The source is out of order (status ${status}).`, later);
  const fields = toFields(response);
  const failure = fields === undefined ? undefined : findFailure(fields, status, later);
  if (failure !== undefined) throw failure;
  if (status >= 200 && status < 300 && fields !== undefined) return fields;
  // A page comes from something in between, and says nothing about the grant.
  const isRefusal = [400, 401, 403].includes(status) && (fields !== undefined || response.body.byteLength === 0);
  if (isRefusal) throw new OAuthFailure('grant', `The source refused the sign-in (status ${status}).`);
  throw new OAuthFailure('unusable', `The source did not answer with tokens (status ${status}).`);
}

function findFailure(
  fields: Readonly<Record<string, unknown>>,
  status: number,
  later: { readonly retryAfterMs?: number },
): OAuthFailure | undefined {
  const code = codeOf(fields.error) ?? (fields.ok === false || status >= 400 ? codeOf(fields.code) : undefined);
  if (code === undefined) return fields.ok === false ? new OAuthFailure('unusable', 'The source refused.') : undefined;
  const described = typeof fields.error_description === 'string' ? fields.error_description.slice(0, 1_000) : '';
  const kind = /too many requests/i.test(`${code} ${described}`) ? 'rate_limited' : kinds.get(code.toLowerCase());
  const shown = shownCode.test(code) ? ` (${code})` : '';
  switch (kind) {
    case 'client':
      return new OAuthFailure(
        kind,
        `The source does not take the OAuth client${shown}. Check its id, secret and callback address.`,
      );
    case 'rate_limited':
      return new OAuthFailure(kind, `The source allows no more requests for now${shown}.`, later);
    case 'unavailable':
      return new OAuthFailure(kind, `The source is out of order${shown}.`, later);
    case 'grant':
      return new OAuthFailure(kind, `The source does not take the sign-in any more${shown}.`);
    default:
      // A refusal in words of its own. Where even the status is none, nothing is known.
      return new OAuthFailure(
        [400, 401, 403].includes(status) ? 'grant' : 'unusable',
        `The source refused the sign-in${shown}.`,
      );
  }
}

/** `"invalid_grant"`, or an object with `code` or `type`. */
function codeOf(error: unknown): string | undefined {
  if (typeof error === 'string') return error === '' ? undefined : error;
  if (error === true) return 'error';
  if (error === null || typeof error !== 'object') return undefined;
  const { code, type } = error as { readonly code?: unknown; readonly type?: unknown };
  if (typeof code === 'string') return code;
  return typeof type === 'string' ? type : 'error';
}

/** Undefined: neither a JSON object nor form fields. */
function toFields({ body, headers }: Pick<OutboundResponse, 'headers' | 'body'>): Record<string, unknown> | undefined {
  const text = new TextDecoder().decode(body).trim();
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Some servers send form fields, and say so or call it plain text.
    const type = headers['content-type'] ?? '';
    const isForm = /^(application\/x-www-form-urlencoded|text\/plain)\b/i.test(type) && /^[\w.-]+=/.test(text);
    return isForm ? Object.fromEntries(new URLSearchParams(text)) : undefined;
  }
}

/** Follows `a.b`. */
function at(fields: Readonly<Record<string, unknown>>, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined,
      fields,
    );
}

/** What can stand in a header. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxTokenLength && /^[\x21-\x7e]+$/.test(value);
}

/** Numbers also as text. What cannot be a lifetime counts as not said. */
function toExpiry(expiresIn: unknown, defaultSeconds: number | undefined, now: Date): Date | null {
  const said = typeof expiresIn === 'string' && /^\d{1,10}$/.test(expiresIn) ? Number(expiresIn) : expiresIn;
  const isSaid = typeof said === 'number' && said > 0 && said <= maxLifetimeSeconds;
  const seconds = isSaid ? said : defaultSeconds;
  return seconds === undefined ? null : new Date(now.getTime() + seconds * 1_000);
}

const maxRetryAfterMs = 3_600_000;

function toRetryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), maxRetryAfterMs);
}
