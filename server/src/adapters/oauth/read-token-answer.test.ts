import { describe, expect, it } from 'vitest';
import type { OAuth2 } from '../../connector-kit/index.ts';
import { OAuthFailure } from '../../core/sign-in/index.ts';
import { readTokenAnswer } from './read-token-answer.ts';

const now = new Date('2026-01-01T00:00:00Z');
const plain: OAuth2 = {
  kind: 'oauth2',
  authorizeUrl: 'https://source.example/authorize',
  tokenUrl: 'https://source.example/token',
  scopes: [],
  tokens: 'with_refresh',
};
const json = { 'content-type': 'application/json' };
const read = (body: unknown, { status = 200, headers = json as Record<string, string>, oauth = plain } = {}) =>
  readTokenAnswer(
    { status, headers, body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)) },
    oauth,
    now,
  );
const failureOf = (...given: Parameters<typeof read>): OAuthFailure => {
  try {
    read(...given);
  } catch (error) {
    if (error instanceof OAuthFailure) return error;
    throw error;
  }
  throw new Error('it was read');
};

describe('a token answer', () => {
  it('gives the tokens and when they end', () => {
    expect(read({ access_token: 'a', refresh_token: 'r', expires_in: 3600, token_type: 'Bearer' })).toEqual({
      accessToken: 'a',
      refreshToken: 'r',
      expiresAt: new Date('2026-01-01T01:00:00Z'),
      kept: {},
    });
  });

  it.each([
    ['as text', { expires_in: '60' }, new Date('2026-01-01T00:01:00Z')],
    ['not at all', {}, null],
    ['as null', { expires_in: null }, null],
    ['as nonsense', { expires_in: 'soon' }, null],
    ['as zero', { expires_in: 0 }, null],
    ['below zero', { expires_in: -5 }, null],
    ['beyond reason', { expires_in: 1e300 }, null],
  ])('may say its lifetime %s', (_how, fields, expiresAt) => {
    expect(read({ access_token: 'a', ...fields }).expiresAt).toEqual(expiresAt);
  });

  it('has the lifetime that the source is known for, where it says none', () => {
    const oauth = { ...plain, defaultLifetimeSeconds: 7_200 };
    expect(read({ access_token: 'a' }, { oauth }).expiresAt).toEqual(new Date('2026-01-01T02:00:00Z'));
  });

  it('may be form fields', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    expect(read('access_token=a&refresh_token=r', { headers })).toMatchObject({ accessToken: 'a', refreshToken: 'r' });
  });

  it('may hold the token deeper, and more that the source needs', () => {
    const oauth = { ...plain, tokenPath: 'authed_user.access_token', keptFields: ['instance_url', 'missing'] };
    const body = {
      ok: true,
      authed_user: { access_token: 'user' },
      instance_url: 'https://eu.source.example',
      other: 'x',
    };
    expect(read(body, { oauth })).toMatchObject({
      accessToken: 'user',
      kept: { instance_url: 'https://eu.source.example' },
    });
  });

  it.each([
    [400, { error: 'invalid_grant' }, 'grant'],
    [401, { error: 'invalid_client' }, 'client'],
    [200, { error: 'bad_verification_code' }, 'grant'],
    [200, { ok: false, error: 'invalid_code' }, 'grant'],
    [200, { ok: false }, 'unusable'],
    [400, { error: { type: 'invalid_grant', message: 'x' } }, 'grant'],
    [400, { code: 'redirect_uri_mismatch', message: 'x' }, 'client'],
    [400, { error: 'something_of_their_own' }, 'grant'],
    [404, { error: 'something_of_their_own' }, 'unusable'],
    [400, { error: 'invalid_request', error_description: 'Too many requests' }, 'rate_limited'],
    [400, '', 'grant'],
    [401, '', 'grant'],
    [403, '<html>blocked by a firewall</html>', 'unusable'],
    [200, '<html>sign in</html>', 'unusable'],
    [200, '', 'unusable'],
    [200, '[]', 'unusable'],
    [200, 'null', 'unusable'],
    [200, {}, 'unusable'],
    [200, { access_token: '' }, 'unusable'],
    [200, { access_token: 7 }, 'unusable'],
    [200, { access_token: 'two words' }, 'unusable'],
    [200, { access_token: 'a\r\nX: b' }, 'unusable'],
    [302, '', 'unusable'],
    [500, { error: 'invalid_grant' }, 'unavailable'],
    [503, '<html></html>', 'unavailable'],
  ])('of status %d with %j is a failure of the kind %3$s', (status, body, kind) => {
    expect(failureOf(body, { status })).toMatchObject({ kind });
  });

  it('tells how long to wait', () => {
    expect(failureOf('', { status: 429, headers: { 'retry-after': '7' } })).toMatchObject({ retryAfterMs: 7_000 });
    expect(failureOf('', { status: 503, headers: { 'retry-after': '999999' } })).toMatchObject({
      retryAfterMs: 3_600_000,
    });
  });

  it('repeats nothing of it but its code', () => {
    const failure = failureOf({ error: '<script>', error_description: 'secret-token' }, { status: 400 });
    expect(failure.message).toBe('The source refused the sign-in.');
  });
});
