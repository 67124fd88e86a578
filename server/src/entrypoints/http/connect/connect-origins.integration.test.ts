import http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { createHttpFixture, type HttpFixture } from '../testing/http-fixture.ts';

const endpoint = { tags: ['test'], response: z.unknown(), handler: () => 'done' } as const;
const endpoints = (): readonly Endpoint[] => [
  defineEndpoint({ ...endpoint, method: 'GET', path: '/connect/sources', summary: 'A', access: 'connect' }),
  defineEndpoint({ ...endpoint, method: 'POST', path: '/connect/sessions', summary: 'B', access: { scope: 'write' } }),
  defineEndpoint({
    ...endpoint,
    method: 'DELETE',
    path: '/connect/sessions/{session_id}',
    summary: 'C',
    access: { scope: 'write' },
    params: z.object({ session_id: z.string() }),
  }),
  defineEndpoint({ ...endpoint, method: 'GET', path: '/connections', summary: 'D', access: { scope: 'read' } }),
];

let closed: HttpFixture;
let open: HttpFixture;
beforeAll(async () => {
  closed = await createHttpFixture({ endpoints });
  open = await createHttpFixture({ endpoints, isOpen: true });
});
afterAll(async () => {
  await closed.close();
  await open.close();
});

/** `fetch` sets some of these headers itself and normalises paths, so requests are sent by hand. */
function ask(fixture: HttpFixture, method: string, path: string, headers: http.OutgoingHttpHeaders) {
  const { hostname, port } = new URL(fixture.url);
  return new Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }>((resolve, reject) => {
    http
      .request({ hostname, port, method, path, headers }, async (response) => {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      })
      .on('error', reject)
      .end();
  });
}

const shop = 'https://shop.example';
const preflight = (path: string, origin = shop) =>
  ask(closed, 'OPTIONS', path, {
    origin,
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization, x-client-name',
  });

describe('pages of any site', () => {
  test.each(['/connect', '/connect/sources', '/connect/sources/', '/connect/sessions/x', '/connect/anything/else'])(
    'may call %s',
    async (path) => {
      for (const origin of [shop, 'http://127.0.0.1:1', 'null']) {
        const { status, headers, text } = await preflight(path, origin);
        expect([status, text]).toEqual([200, '']);
        expect(headers).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-allow-credentials': 'true',
          'access-control-allow-methods': 'GET,POST,PUT,DELETE,OPTIONS,PATCH',
          'access-control-allow-headers': '*, authorization, x-client-name',
          vary: 'Origin',
        });
      }
    },
  );

  test.each([
    '/connect/sessions',
    '/connect/sessions/',
    '/connect/%73essions',
    '/connect%2Fsessions',
    '/connect/sessions%2F',
    '/connect/%',
    '/connections',
    '/connectx/sources',
    '/Connect/sources',
    '/',
  ])('may not call %s', async (path) => {
    const { status, headers, text } = await preflight(path);
    expect([status, text, headers['access-control-allow-origin']]).toEqual([403, '', undefined]);
  });

  test('read why they are refused, since errors name them too', async () => {
    for (const headers of [{}, { authorization: 'Bearer no.token' }]) {
      const answer = await ask(closed, 'GET', '/connect/sources', { origin: shop, ...headers });
      expect(JSON.parse(answer.text)).toHaveProperty('detail');
      expect([401, 422]).toContain(answer.status);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': shop,
        'access-control-allow-credentials': 'true',
      });
    }
    expect((await ask(closed, 'GET', '/connect/nothing', { origin: shop })).headers).toHaveProperty(
      'access-control-allow-origin',
      shop,
    );
  });
});

describe('where everyone is the local owner', () => {
  test('pages of any site still need a session token, and reach nothing that needs none', async () => {
    const foreign = { origin: shop, 'content-type': 'text/plain', 'sec-fetch-site': 'cross-site' };
    expect((await ask(open, 'GET', '/connect/sources', foreign)).status).toBe(422);
    for (const [method, path] of [
      ['POST', '/connect/sessions'],
      ['POST', '/connect/%73essions'],
      ['DELETE', '/connect/sessions/x'],
      ['GET', '/connections'],
    ] as const) {
      expect([path, (await ask(open, method, path, foreign)).status]).toEqual([path, 403]);
      expect([path, (await ask(open, method, path, {})).status]).toEqual([path, 200]);
    }
  });

  test('a name that is not ours is refused there too', async () => {
    expect((await ask(open, 'GET', '/connect/sources', { host: 'evil.example' })).status).toBe(403);
  });
});
