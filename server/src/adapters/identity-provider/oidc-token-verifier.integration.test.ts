import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TokenVerifier } from '../../core/access/index.ts';
import { silentLogger } from '../../core/shared/index.ts';
import { createOutboundHttp } from '../outbound/create-outbound-http.ts';
import { createOidcTokenVerifier } from './oidc-token-verifier.ts';

/** An issuer whose list of keys, and failures, the test decides. */
let server: Server;
let issuer: string;
let keys: JWK[];
let fails: boolean;
let keyReads: number;
let now: number;
let verifier: TokenVerifier;
let first: { readonly privateKey: CryptoKey; readonly publicJwk: JWK };
const http = createOutboundHttp({ allow: ['127.0.0.1'], logger: silentLogger });

beforeEach(async () => {
  [fails, keyReads, now] = [false, 0, Date.now()];
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (fails) response.statusCode = 500;
    if (request.url === '/.well-known/openid-configuration') {
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
    } else {
      keyReads += 1;
      response.end(JSON.stringify({ keys }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  first = await createKey('first');
  keys = [first.publicJwk];
  verifier = createOidcTokenVerifier(
    http,
    { issuer, audience: ['weft', 'weft-cli'] },
    { logger: silentLogger, now: () => now },
  );
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
});

async function createKey(kid: string, alg = 'RS256') {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  return { privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

interface TokenOptions {
  readonly claims?: Record<string, unknown>;
  readonly key?: CryptoKey | Uint8Array;
  readonly kid?: string;
  readonly alg?: string;
  readonly audience?: string;
  readonly expiresInSeconds?: number;
}

function sign(options: TokenOptions = {}): Promise<string> {
  const claims = { email: 'Ada@Example.com', email_verified: true, name: 'Ada', sub: 'ada-1', iss: issuer };
  const at = Math.floor(now / 1000);
  return new SignJWT({ ...claims, aud: options.audience ?? 'weft', ...options.claims })
    .setProtectedHeader({ alg: options.alg ?? 'RS256', kid: options.kid ?? 'first' })
    .setIssuedAt(at)
    .setExpirationTime(at + (options.expiresInSeconds ?? 300))
    .sign(options.key ?? first.privateKey);
}

describe('a token of the identity provider', () => {
  test('proves whose e-mail address it is, for each audience', async () => {
    for (const audience of ['weft', 'weft-cli']) {
      expect(await verifier.verify(await sign({ audience }))).toEqual({
        identity: { email: 'ada@example.com', externalId: `${issuer}|ada-1`, fullName: 'Ada' },
      });
    }
  });

  test('may be signed with ES256', async () => {
    const key = await createKey('curve', 'ES256');
    keys = [key.publicJwk];
    const token = await sign({ key: key.privateKey, kid: 'curve', alg: 'ES256' });
    expect(await verifier.verify(token)).toHaveProperty('identity');
  });

  test('is refused without a signature', async () => {
    const token = new UnsecuredJWT({ email: 'ada@example.com', email_verified: true, sub: 'a' })
      .setIssuer(issuer)
      .setAudience('weft')
      .setExpirationTime('5m')
      .encode();
    expect(await verifier.verify(token)).toEqual({ refusal: expect.stringMatching(/RS256 or ES256|not a valid JWT/) });
    expect(keyReads).toBe(0);
  });

  test('is refused when it is signed with the public key as if that were a secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(first.publicJwk));
    const token = await sign({ key: secret, alg: 'HS256' });
    expect(await verifier.verify(token)).toEqual({ refusal: expect.stringContaining('RS256 or ES256') });
  });

  test('is refused with a wrong key that calls itself by the right name', async () => {
    const thief = await createKey('first');
    expect(await verifier.verify(await sign({ key: thief.privateKey }))).toEqual({
      refusal: "the token's signature is wrong.",
    });
  });

  test.each<[string, TokenOptions, RegExp]>([
    ['another audience', { audience: 'others' }, /ask for one for weft/],
    ['another issuer', { claims: { iss: 'https://evil.example' } }, /another issuer/],
    ['an end that has passed', { expiresInSeconds: -61 }, /expired: get a new one/],
    ['a beginning still to come', { claims: { nbf: Math.floor(Date.now() / 1000) + 600 } }, /nbf/],
    ['no subject', { claims: { sub: undefined } }, /sub/],
    ['no e-mail address', { claims: { email: undefined } }, /email_verified/],
    ['an e-mail address that nobody verified', { claims: { email_verified: false } }, /email_verified/],
    ['an e-mail address without a word on that', { claims: { email_verified: undefined } }, /email_verified/],
  ])('is refused with %s', async (_name, options, message) => {
    expect(await verifier.verify(await sign(options))).toEqual({ refusal: expect.stringMatching(message) });
  });

  test('may be a minute late, since clocks differ', async () => {
    expect(await verifier.verify(await sign({ expiresInSeconds: -30 }))).toHaveProperty('identity');
  });

  test.each(['a.b.c', 'eyJhbGciOiJSUzI1NiJ9.e30.x', `a.${'b'.repeat(20_000)}.c`])(
    'is refused as %#: no JWT',
    async (text) => {
      expect(await verifier.verify(text)).toHaveProperty('refusal');
    },
  );
});

describe('the keys of the identity provider', () => {
  test('are read again for a new one, but at most once a minute whatever tokens come', async () => {
    await verifier.verify(await sign());
    expect(keyReads).toBe(1);
    const second = await createKey('second');
    keys = [first.publicJwk, second.publicJwk];
    const fresh = await sign({ key: second.privateKey, kid: 'second' });
    expect(await verifier.verify(fresh)).toHaveProperty('refusal');
    expect(keyReads).toBe(1);
    now += 61_000;
    const made = Array.from({ length: 20 }, (_, place) => sign({ key: second.privateKey, kid: `made-up-${place}` }));
    await Promise.all(made.map(async (token) => verifier.verify(await token)));
    expect(keyReads).toBe(2);
    expect(await verifier.verify(fresh)).toHaveProperty('identity');
    expect(keyReads).toBe(2);
  });

  test('are refused after they left its list', async () => {
    expect(await verifier.verify(await sign())).toHaveProperty('identity');
    const second = await createKey('second');
    keys = [second.publicJwk];
    now += 11 * 60_000;
    expect(await verifier.verify(await sign())).toEqual({ refusal: expect.stringContaining('not any more') });
    expect(await verifier.verify(await sign({ key: second.privateKey, kid: 'second' }))).toHaveProperty('identity');
  });

  test('that cannot be read are no reason to let anybody in, nor to ask without end', async () => {
    fails = true;
    for (let round = 0; round < 5; round += 1) {
      await expect(verifier.verify(await sign())).rejects.toMatchObject({ code: 'unavailable' });
    }
    fails = false;
    now += 61_000;
    expect(await verifier.verify(await sign())).toHaveProperty('identity');
  });
});
