import { describe, expect, it } from 'vitest';
import { fillTemplate, toAuthorizeUrl } from './authorize-url.ts';
import { parseRedirectUrl, toSuccessUrl } from './redirect-url.ts';
import { requirePending, requireUnconfirmed, type SignInStatus, statusesBefore } from './sign-in.ts';
import { createLinkCode, createPkce, createState, hashOf, isLinkCode, matchesHash } from './sign-in-secrets.ts';

const now = new Date('2026-01-01T00:00:00Z');
const later = new Date(now.getTime() + 1);

describe('where a sign-in stands', () => {
  it('is never left once it has ended', () => {
    for (const end of ['completed', 'failed', 'cancelled'] as const) {
      const statuses: SignInStatus[] = ['pending', 'exchanging', 'in_progress', 'completed', 'failed', 'cancelled'];
      expect(statuses.filter((status) => statusesBefore(status).includes(end))).toEqual([]);
    }
    expect(statusesBefore('in_progress')).toEqual(['exchanging']);
    expect(statusesBefore('completed')).toEqual(['in_progress']);
  });

  it('decides whether what comes back is taken', () => {
    expect(() => requirePending({ status: 'pending', expiresAt: later }, now)).not.toThrow();
    expect(() => requirePending({ status: 'pending', expiresAt: now }, now)).toThrow('five minutes');
    expect(() => requirePending({ status: 'completed', expiresAt: later }, now)).toThrow('used already');
    expect(() => requirePending({ status: 'cancelled', expiresAt: now }, now)).toThrow('replaced');
  });

  it.each([
    ['pending', 'not finished in the browser'],
    ['exchanging', 'not finished in the browser'],
    ['completed', 'confirmed already'],
    ['failed', 'has failed'],
    ['cancelled', 'replaced'],
  ] as const)('%s cannot be confirmed', (status, words) => {
    expect(() => requireUnconfirmed(status)).toThrow(words);
  });
});

describe('secrets', () => {
  it('have the forms that the contract gives them', () => {
    expect(createState()).toMatch(/^[\w-]{32}$/);
    expect(isLinkCode(createLinkCode())).toBe(true);
    expect(createLinkCode()).not.toBe(createLinkCode());
    const { verifier, challenge } = createPkce();
    expect(verifier).toMatch(/^[\w-]{86}$/);
    expect(challenge).toBe(hashOf(verifier).toString('base64url'));
  });

  it('match their own hash only', () => {
    expect(matchesHash('a', hashOf('a'))).toBe(true);
    expect(matchesHash('b', hashOf('a'))).toBe(false);
    expect(matchesHash('', new Uint8Array())).toBe(false);
  });
});

describe('the address that the browser is sent to', () => {
  it.each([
    ['https://a.example', 'https://a.example?status=success&source_connection_id=1'],
    ['https://a.example/p?x=&x=2&y#f?g', 'https://a.example/p?x=&x=2&y&status=success&source_connection_id=1#f?g'],
    [
      'https://a.example/?status=x&%73tatus=y&source_connection_id=2',
      'https://a.example/?status=success&source_connection_id=1',
    ],
    ['com.example.app:/done', 'com.example.app:/done?status=success&source_connection_id=1'],
    ['https://a.example/%7B?q=a%20b+c', 'https://a.example/%7B?q=a%20b+c&status=success&source_connection_id=1'],
  ])('%s becomes %s', (given, wanted) => {
    expect(toSuccessUrl(parseRedirectUrl(given), '1')).toBe(wanted);
  });

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,a',
    'file:///etc/passwd',
    'blob:https://a/b',
    'intent:x',
    '//a.example',
    'https:',
    'java\tscript:alert(1)',
    'https://u@a.example/',
  ])('%j is refused', (given) => {
    expect(() => parseRedirectUrl(given)).toThrow('redirect_url');
  });
});

describe('the address of the source', () => {
  it('holds what the configuration says', () => {
    expect(fillTemplate('https://{subdomain}.source.example/{team}/x', { subdomain: ' acme ', team: 'a/b' })).toBe(
      'https://acme.source.example/a%2Fb/x',
    );
  });

  it.each(['', ' ', 'evil.example/', 'a@evil', 'a:1', 'a?b', 'a#b', '-a', undefined, 7])(
    'is not led elsewhere by %j',
    (subdomain) => {
      const config = subdomain === undefined ? {} : { subdomain };
      expect(() => fillTemplate('https://{subdomain}.source.example/x', config)).toThrow('subdomain');
    },
  );

  it('keeps its own parameters, and its state', () => {
    const url = toAuthorizeUrl(
      {
        ...{ kind: 'oauth2', authorizeUrl: 'https://s.example/a?own=1', tokenUrl: 'https://s.example/t' },
        ...{ scopes: ['x', 'y'], scopeSeparator: ',', tokens: 'access_only' },
        authorizeParameters: { prompt: 'consent', state: 'not this' },
      },
      { clientId: 'c', redirectUri: 'https://w.example/callback', state: 's' },
    );
    expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
      ...{ own: '1', prompt: 'consent', state: 's', response_type: 'code', client_id: 'c' },
      ...{ redirect_uri: 'https://w.example/callback', scope: 'x,y' },
    });
  });
});
