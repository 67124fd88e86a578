import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AppError, type Logger, silentLogger } from '../../core/shared/index.ts';
import { defineEndpoint } from './endpoint.ts';
import { createHttpFixture, type HttpFixture } from './testing/http-fixture.ts';
import { sendRaw } from './testing/send-raw.ts';

const open = { tags: ['test'], access: 'public', response: z.unknown() } as const;
let lastSignal: AbortSignal | undefined;

const endpoints = [
  defineEndpoint({
    ...open,
    method: 'POST',
    path: '/things',
    summary: 'Make a thing',
    body: z.object({ name: z.string().optional(), count: z.int().optional(), isGood: z.boolean().optional() }),
    handler: ({ body }) => body,
  }),
  defineEndpoint({
    ...open,
    method: 'GET',
    path: '/things/{id}',
    summary: 'Get a thing',
    params: z.object({ id: z.string() }),
    query: z.object({ flag: z.boolean().optional(), tag: z.array(z.string()).optional(), id: z.guid().optional() }),
    handler: ({ params, query }) => ({ ...params, query }),
  }),
  defineEndpoint({ ...open, method: 'GET', path: '/things/special', summary: 'Special', handler: () => 'special' }),
  defineEndpoint({
    ...open,
    method: 'POST',
    path: '/secured',
    summary: 'Secured',
    access: { scope: 'write' },
    body: z.object({ name: z.string() }),
    handler: () => 'done',
  }),
  defineEndpoint({
    ...open,
    method: 'GET',
    path: '/slow',
    summary: 'Slow',
    timeoutMs: 200,
    handler: ({ signal }) => {
      lastSignal = signal;
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  }),
  defineEndpoint({
    ...open,
    method: 'GET',
    path: '/broken',
    summary: 'Broken',
    access: { scope: 'read' },
    handler: () => {
      throw new RangeError('a secret: hunter2');
    },
  }),
  defineEndpoint({
    ...open,
    method: 'GET',
    path: '/fails/{code}',
    summary: 'Fails',
    access: { scope: 'read' },
    params: z.object({ code: z.string() }),
    handler: ({ params }) => {
      throw new AppError(params.code as 'gone', `It is ${params.code}.`, {
        retryAfterMs: 1_500,
        details: params.code === 'unprocessable' ? { field: 'cron_schedule' } : {},
      });
    },
  }),
];

const logged: { readonly level: string; readonly fields: Record<string, unknown>; readonly message: string }[] = [];
const record = (level: string) => (fields: object, message: string) => {
  logged.push({ level, fields: { ...fields }, message });
};
const logger: Logger = { ...silentLogger, info: record('info'), warn: record('warn'), error: record('error') };

let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await createHttpFixture({ endpoints: () => endpoints, logger });
});
afterAll(() => fixture.close());

describe('routing', () => {
  test('answers with and without a trailing slash alike, without a redirect', async () => {
    for (const slash of ['', '/']) {
      expect((await fixture.ask('GET', `/things/one${slash}`)).body.id).toBe('one');
      expect((await fixture.ask('POST', `/things${slash}`, { body: {} })).status).toBe(200);
    }
  });

  test('takes literal segments before parameters, and decodes parameters once', async () => {
    expect((await fixture.ask('GET', '/things/special')).body).toBe('special');
    expect((await fixture.ask('GET', '/things/a%2Fb%20%2525%C3%A9')).body.id).toBe('a/b %25é');
  });

  test('answers 404 for an unknown path', async () => {
    const answer = await fixture.ask('GET', '/nowhere');
    expect([answer.status, answer.body]).toEqual([404, { detail: 'Not Found' }]);
  });

  test.each([
    ['PATCH', '/things', 'POST'],
    ['HEAD', '/things/one', 'GET'],
    ['OPTIONS', '/things/one/', 'GET'],
    ['OPTIONS', '/things', 'POST'],
  ])('answers 405 to %s %s and says what is allowed', async (method, path, allow) => {
    const answer = await fixture.ask(method, path);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    if (method !== 'HEAD') expect(answer.body).toEqual({ detail: 'Method Not Allowed' });
  });
});

describe('failures', () => {
  test('get the status of their code, and the headers of an authenticated answer', async () => {
    const key = await fixture.createKey();
    const statuses = {
      invalid_request: 400,
      unauthorized: 401,
      forbidden: 403,
      not_found: 404,
      conflict: 409,
      gone: 410,
      too_large: 413,
      rate_limited: 429,
      upstream_failed: 502,
      unavailable: 503,
    };
    for (const [code, status] of Object.entries(statuses)) {
      const answer = await fixture.ask('GET', `/fails/${code}`, { key });
      expect([code, answer.status, answer.body]).toEqual([code, status, { detail: `It is ${code}.` }]);
      expect(answer.headers.get('ratelimit-limit')).toBe('9999');
      expect(answer.headers.get('retry-after')).toBe('2');
    }
    const answer = await fixture.ask('GET', '/fails/unprocessable', { key });
    expect([answer.status, answer.body.errors]).toEqual([
      422,
      [{ cron_schedule: 'Value error, It is unprocessable.' }],
    ]);
  });

  test('that nobody expected tell their class only, and are logged with their stack', async () => {
    logged.length = 0;
    const answer = await fixture.ask('GET', '/broken', { key: await fixture.createKey() });
    expect([answer.status, answer.body]).toEqual([500, { detail: 'Internal Server Error: RangeError' }]);
    expect(answer.headers.get('ratelimit-limit')).toBeNull();
    const entry = logged.find(({ level }) => level === 'error');
    expect(entry?.fields.err).toBeInstanceOf(RangeError);
    expect(entry?.fields.requestId).toBe(answer.headers.get('x-request-id'));
  });

  test('to answer in time are 504 and abort the work', async () => {
    const answer = await fixture.ask('GET', '/slow');
    expect([answer.status, typeof answer.body.detail]).toEqual([504, 'string']);
    expect(lastSignal?.aborted).toBe(true);
  });

  test('of the client to wait abort the work, and are no failure of ours', async () => {
    logged.length = 0;
    const leaving = new AbortController();
    const asked = fetch(`${fixture.url}/slow`, { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 20);
    await expect(asked).rejects.toThrow();
    await expect.poll(() => lastSignal?.aborted).toBe(true);
    await expect.poll(() => logged.at(-1)?.fields.route).toBe('/slow');
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('every request', () => {
  test('is one line in the log, without what was asked', async () => {
    logged.length = 0;
    const answer = await fixture.ask('GET', '/things/very-private?tag=also-private');
    expect(logged).toEqual([
      {
        level: 'info',
        message: 'request',
        fields: {
          method: 'GET',
          route: '/things/{id}',
          status: 200,
          durationMs: expect.any(Number),
          requestId: answer.headers.get('x-request-id'),
        },
      },
    ]);
  });

  test.each([
    ['X-API-Key: one\r\nX-API-Key: two', 400],
    ['Authorization: Bearer one\r\nAuthorization: Bearer two', 400],
    ['X-Organization-ID: one\r\nX-Organization-ID: two\r\nX-API-Key: one', 400],
    ['Content-Type: text/plain\r\nContent-Type: application/json', 422],
    ['Host: localhost\r\nHost: elsewhere', 401],
    ['Content-Length: 2\r\nContent-Length: 3', 400],
    ['Content-Length: -1', 400],
    ['Authorization: Bearer', 401],
    ['Authorization: Basic dTpw', 401],
  ])('with the headers %j gets an answer', async (headers, status) => {
    const body = /content-length/i.test(headers) ? '{}' : '';
    const host = /host/i.test(headers) ? '' : 'Host: localhost\r\n';
    const typed = /content-type/i.test(headers) ? 'Content-Length: 8\r\n' : '';
    const path = typed === '' ? '/secured' : '/things';
    const answer = await sendRaw(
      fixture.url,
      `POST ${path} HTTP/1.1\r\n${host}Connection: close\r\n${typed}${headers}\r\n\r\n${typed === '' ? body : '{"a": 1}'}`,
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});
