import { describe, expect, test } from 'vitest';
import { sendRaw } from '../src/entrypoints/http/testing/send-raw.ts';
import { ContractServer } from './contract-server.ts';

const unknownId = '00000000-0000-4000-8000-000000000000';
const server = ContractServer.use();

/** Every path of the document, with ids that nothing has, and its methods. */
async function listPaths(): Promise<readonly { readonly path: string; readonly methods: readonly string[] }[]> {
  const { paths } = await server.document();
  return Object.entries(paths).map(([template, item]) => ({
    path: template.replaceAll(/\{[^}]+\}/g, unknownId),
    methods: Object.keys(item).map((method) => method.toUpperCase()),
  }));
}

describe('every path', () => {
  test('is known in both forms, and says what may be done there to whoever does something else', {
    timeout: 120_000,
  }, async () => {
    const wrong: unknown[] = [];
    for (const { path, methods } of await listPaths()) {
      const other = ['TRACE', 'PUT', 'PATCH', 'DELETE', 'POST', 'GET'].find(
        (one) => one !== 'TRACE' && !methods.includes(one),
      );
      for (const form of [path, `${path}/`]) {
        for (const method of ['HEAD', 'OPTIONS', ...(other === undefined ? [] : [other])]) {
          const { status, headers, body } = await server.ask(method, form);
          const allow = headers.get('allow')?.split(', ').toSorted().join();
          const isRight =
            status === 405 &&
            allow === methods.toSorted().join() &&
            (method === 'HEAD' || body?.detail === 'Method Not Allowed');
          if (!isRight) wrong.push([method, form, status, allow]);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('answers preflights of pages that may call it, and of no others', async () => {
    const wrong: unknown[] = [];
    for (const { path } of await listPaths()) {
      const asked = {
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,x-api-key',
      };
      const allowed = await server.ask('OPTIONS', path, { headers: { origin: 'http://localhost:5173', ...asked } });
      const names = allowed.headers.get('access-control-allow-headers') ?? '';
      const isRight =
        allowed.status === 200 &&
        allowed.text === '' &&
        allowed.headers.get('access-control-allow-origin') === 'http://localhost:5173' &&
        allowed.headers.get('access-control-allow-methods') === 'GET,POST,PUT,DELETE,OPTIONS,PATCH' &&
        allowed.headers.get('access-control-allow-credentials') === 'true' &&
        names.includes('*') &&
        names.includes('x-api-key');
      const foreign = await server.ask('OPTIONS', path, { headers: { origin: 'https://evil.example.com', ...asked } });
      const isForAll = /^\/connect(\/|$)/.test(path) && !/^\/connect\/sessions\/?$/.test(path);
      if (!isRight || foreign.status !== (isForAll ? 200 : 403)) wrong.push([path, allowed.status, foreign.status]);
    }
    expect(wrong).toEqual([]);
  });

  test('answers a page with its origin and credentials, errors too', async () => {
    for (const path of ['/collections', `/source-connections/${unknownId}`, '/nowhere']) {
      const { headers } = await server.ask('GET', path, { headers: { origin: 'http://localhost:8080' } });
      expect([path, headers.get('access-control-allow-origin')]).toEqual([path, 'http://localhost:8080']);
      expect(headers.get('access-control-allow-credentials')).toBe('true');
    }
    expect((await server.ask('GET', '/collections')).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('paths and literal segments', () => {
  test('literal ones win over parameters', async () => {
    expect((await server.call('GET', '/collections/count')).body).toEqual(expect.any(Number));
    expect((await server.call('GET', '/collections/internal/filter-schema/')).body).toHaveProperty('properties');
    expect((await server.call('GET', '/source-connections/callback')).text).not.toContain('source_connection_id');
    expect((await server.call('GET', '/source-connections/no-uuid')).status).toBe(422);
  });

  test('what nobody serves is not found, in the words of the contract', async () => {
    for (const path of ['/nowhere', '/nowhere/', '/collections/a/b/c', '/v1/collections', '//collections']) {
      const { status, body } = await server.ask('GET', path);
      expect([path, status, body]).toEqual([path, 404, { detail: 'Not Found' }]);
    }
    expect((await server.ask('POST', '/source-connections/initiate', { body: {} })).status).toBe(405);
  });
});

describe('answers', () => {
  test('are compact UTF-8 with every declared field, and creation is 200', async () => {
    const { status, text, headers } = await server.call('POST', '/collections', { name: 'Größe – 大きさ' });
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(text).toContain('"name":"Größe – 大きさ"');
    expect(text).not.toMatch(/": |, "/);
    expect(text).toContain('"sync_config":null');
  });

  test('carry the headers of the rate limit once the caller is known, and not elsewhere', async () => {
    const limits = async (path: string) => {
      const { headers } = await server.ask('GET', path);
      return ['limit', 'remaining', 'reset'].map((name) => headers.get(`ratelimit-${name}`));
    };
    for (const path of ['/collections', '/collections/no-such-one', '/source-connections/no-uuid']) {
      expect([path, await limits(path)]).toEqual([path, ['9999', '9999', expect.stringMatching(/^\d{10}$/)]]);
    }
    for (const path of ['/health', '/openapi.json', '/nowhere']) {
      expect([path, await limits(path)]).toEqual([path, [null, null, null]]);
    }
  });

  test('come to any program that names itself as it likes', async () => {
    const headers = {
      'user-agent': '@airweave/sdk/v0.7.20',
      'x-fern-language': 'JavaScript',
      'x-framework-name': 'ü'.normalize('NFD').slice(0, 1),
    };
    expect((await server.ask('GET', '/sources', { headers })).status).toBe(200);
  });
});

describe('bodies', () => {
  test.each([
    ['application/json', 200],
    ['application/json; charset=utf-8', 200],
    ['application/merge-patch+json', 200],
    ['text/plain', 422],
    ['application/x-www-form-urlencoded', 422],
    ['multipart/form-data', 422],
  ])('as %s are %i', async (type, status) => {
    const answer = await server.ask('POST', '/collections', {
      body: '{"name":"By its type","unknown_field":[1]}',
      headers: { 'content-type': type },
    });
    expect(answer.status).toBe(status);
  });

  test('need no type, and none at all is a missing body', async () => {
    const raw = (headers: string, body: string) =>
      sendRaw(
        server.url,
        `POST /collections HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n\r\n${body}`,
      );
    const body = '{"name":"Without a type"}';
    expect(await raw(`Content-Length: ${body.length}`, body)).toMatch(/^HTTP\/1.1 200 /);
    const answer = await raw('Content-Length: 0', '');
    expect(answer).toMatch(/^HTTP\/1.1 422 /);
    expect(answer).toContain('{"body":"Field required"}');
  });

  test.each([
    ['[]', { body: 'Input should be a valid dictionary or object to extract fields from' }],
    ['"text"', { body: 'Input should be a valid dictionary or object to extract fields from' }],
    ['null', { body: 'Field required' }],
    ['{"name": ', { 'body.9': 'JSON decode error' }],
    ['{"name":"abc"}', { 'body.name': 'String should have at least 4 characters' }],
    [`{"name":"${'x'.repeat(65)}"}`, { 'body.name': 'String should have at most 64 characters' }],
  ])('that are %s are refused in the words of the contract', async (body, error) => {
    const answer = await server.ask('POST', '/collections', { body, headers: { 'content-type': 'application/json' } });
    expect([answer.status, answer.body.errors]).toEqual([422, [error]]);
    expect(answer.body.detail[0]).toEqual({
      loc: expect.any(Array),
      msg: Object.values(error)[0],
      type: expect.any(String),
    });
  });
});
