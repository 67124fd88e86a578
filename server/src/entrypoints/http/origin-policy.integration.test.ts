import http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineEndpoint, type Endpoint } from './endpoint.ts';
import { createHttpFixture, type HttpFixture } from './testing/http-fixture.ts';

const endpoint = { method: 'GET', tags: ['test'], response: z.unknown() } as const;
const endpoints = (): readonly Endpoint[] => [
  defineEndpoint({ ...endpoint, path: '/public', summary: 'Public', access: 'public', handler: () => 'public' }),
  defineEndpoint({
    ...endpoint,
    path: '/page',
    summary: 'Page',
    access: 'public',
    isPage: true,
    handler: () => 'page',
  }),
  defineEndpoint({ ...endpoint, path: '/who', summary: 'Who', access: 'user', handler: ({ caller }) => caller }),
];
const names = { additionalOrigins: ['https://app.example.com'], publicUrl: 'https://weft.example.com' };

let open: HttpFixture;
let closed: HttpFixture;
beforeAll(async () => {
  open = await createHttpFixture({ endpoints, isOpen: true, ...names });
  closed = await createHttpFixture({ endpoints, ...names });
});
afterAll(async () => {
  await open.close();
  await closed.close();
});

/** `fetch` sets these headers itself, so they are sent by hand. */
function ask(fixture: HttpFixture, path: string, headers: http.OutgoingHttpHeaders, method = 'GET') {
  return new Promise<{ status: number; headers: http.IncomingHttpHeaders }>((resolve, reject) => {
    http
      .request(`${fixture.url}${path}`, { method, headers }, (response) => {
        response.resume().on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
      })
      .on('error', reject)
      .end();
  });
}

describe('without authentication', () => {
  test('everyone is the local owner, and keys are not looked at', async () => {
    const { body } = await open.ask('GET', '/who', { key: 'anything', headers: { 'x-organization-id': '' } });
    expect(body).toMatchObject({ kind: 'local', email: 'owner@weft.local' });
  });

  test.each([
    ['localhost', 200],
    ['LocalHost:8001', 200],
    ['127.0.0.1:1', 200],
    ['127.9.9.9', 200],
    ['[::1]:8001', 200],
    ['weft.example.com', 200],
    ['evil.example.com', 403],
    ['localhost.evil.example.com', 403],
    ['127.0.0.1.nip.io', 403],
    ['localhost@evil.example.com', 400],
    ['localhost/evil', 400],
    ['169.254.169.254', 403],
  ])('a request for the host %s gets %i', async (host, status) => {
    for (const path of ['/public', '/who', '/page']) {
      expect([path, (await ask(open, path, { host })).status]).toEqual([path, status]);
    }
  });

  test.each([
    ['http://localhost:5173', 200],
    ['http://127.0.0.1:3000', 200],
    ['https://weft.example.com', 200],
    ['https://app.example.com', 200],
    ['https://evil.example.com', 403],
    ['http://app.example.com', 403],
    ['http://localhost.evil.example.com', 403],
    ['https://app.example.com.evil.example', 403],
    ['null', 403],
    ['', 403],
    ['http://localhost:5173/path', 403],
  ])('a page of the origin %s gets %i', async (origin, status) => {
    const answer = await ask(open, '/public', { origin });
    expect(answer.status).toBe(status);
    expect(answer.headers['access-control-allow-origin']).toBe(status === 200 ? origin : undefined);
  });

  test('our own pages may call it', async () => {
    expect((await ask(open, '/public', { origin: open.url, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  test('cross-site requests are refused, but for links to pages and for allowed origins', async () => {
    const crossSite = { 'sec-fetch-site': 'cross-site' };
    const link = { ...crossSite, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect((await ask(open, '/public', crossSite)).status).toBe(403);
    expect((await ask(open, '/public', link)).status).toBe(403);
    expect((await ask(open, '/page', crossSite)).status).toBe(403);
    expect((await ask(open, '/page', { ...link, 'sec-fetch-dest': 'iframe' })).status).toBe(403);
    expect((await ask(open, '/page', link)).status).toBe(200);
    expect((await ask(open, '/public', { ...crossSite, origin: 'https://app.example.com' })).status).toBe(200);
    expect((await ask(open, '/public', { 'sec-fetch-site': 'none' })).status).toBe(200);
  });
});

describe('with authentication', () => {
  test('any host and any origin is served, but only allowed ones may read the answer', async () => {
    const foreign = await ask(closed, '/public', { host: 'anything.example', origin: 'https://evil.example.com' });
    expect([foreign.status, foreign.headers['access-control-allow-origin']]).toEqual([200, undefined]);
    const allowed = await ask(closed, '/nowhere', { origin: 'https://app.example.com' });
    expect([allowed.status, allowed.headers['access-control-allow-origin']]).toEqual([404, 'https://app.example.com']);
    expect(allowed.headers['access-control-allow-credentials']).toBe('true');
    expect((await ask(closed, '/public', {})).headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('a preflight', () => {
  test('of an allowed origin names what it may send', async () => {
    const headers = { origin: 'https://app.example.com', 'access-control-request-headers': 'authorization,x-api-key' };
    for (const fixture of [open, closed]) {
      const answer = await ask(fixture, '/who', headers, 'OPTIONS');
      expect(answer).toMatchObject({
        status: 200,
        headers: {
          'access-control-allow-origin': 'https://app.example.com',
          'access-control-allow-methods': 'GET,POST,PUT,DELETE,OPTIONS,PATCH',
          'access-control-allow-headers': '*, authorization,x-api-key',
          'access-control-allow-credentials': 'true',
        },
      });
    }
  });

  test('of another origin is refused', async () => {
    for (const fixture of [open, closed]) {
      expect((await ask(fixture, '/who', { origin: 'https://evil.example.com' }, 'OPTIONS')).status).toBe(403);
    }
  });
});
