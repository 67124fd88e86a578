import { describe, expect, test } from 'vitest';
import { sendRaw } from '../src/entrypoints/http/testing/send-raw.ts';
import { ContractServer } from './contract-server.ts';

const server = ContractServer.use({ isSecured: true });
const unknownId = '00000000-0000-4000-8000-000000000000';
const json = { 'content-type': 'application/json' };

/** Each request is wrong in the way that is judged first and in all ways after it. */
describe('what is wrong is judged in the order of the contract:', () => {
  const tooLarge = (line: string, headers = '') =>
    sendRaw(
      server.url,
      `${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}Content-Length: 10485761\r\n\r\n`,
    );

  test('a preflight, before the size', async () => {
    const answer = await tooLarge('OPTIONS /nowhere', 'Origin: http://localhost:5173\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  });

  test('the size, before the route', async () => {
    expect(await tooLarge('POST /nowhere')).toMatch(/^HTTP\/1.1 413 [\s\S]*"detail"/);
    expect(await tooLarge('PATCH /collections')).toMatch(/^HTTP\/1.1 413 /);
  });

  test('the route, before the JSON', async () => {
    expect((await server.ask('POST', '/nowhere', { body: '{broken', headers: json })).status).toBe(404);
    expect((await server.ask('PUT', '/collections', { body: '{broken', headers: json })).status).toBe(405);
  });

  test('the JSON, before the caller', async () => {
    const { status, body } = await server.ask('POST', '/collections', { body: '{broken', headers: json });
    expect([status, body.detail[0].type]).toEqual([422, 'json_invalid']);
  });

  test('the caller, before path, query and body', async () => {
    expect((await server.ask('POST', '/collections', { body: {} })).status).toBe(401);
    expect((await server.ask('GET', '/source-connections/no-uuid')).status).toBe(401);
    expect((await server.ask('GET', '/collections?limit=no')).status).toBe(401);
    const unknown = { headers: { 'x-api-key': 'no-such-key' } };
    expect((await server.ask('GET', '/collections?limit=no', unknown)).status).toBe(403);
  });

  test('the organization, before path, query and body', async () => {
    const ask = async (organizationId: string) => {
      const { body } = await server.call('POST', '/api-keys', {});
      const headers = { 'x-api-key': body.decrypted_key, 'x-organization-id': organizationId };
      return (await server.ask('GET', '/source-connections/no-uuid', { headers })).status;
    };
    expect([400, 422]).toContain(await ask('no-uuid'));
    expect([403, 404]).toContain(await ask(unknownId));
    expect(await ask('')).toBe(422);
  });

  test('path, query and body together, before what they name', async () => {
    const { status, body } = await server.call('PATCH', '/source-connections/no-uuid', { name: 'abc' });
    expect(status).toBe(422);
    expect(body.errors.map((error: object) => Object.keys(error)[0])).toEqual([
      'path.source_connection_id',
      'body.name',
    ]);
    expect((await server.call('PATCH', `/source-connections/${unknownId}`, { name: 'abcd' })).status).toBe(404);
  });
});

describe('a caller', () => {
  test('shows a key in either header, or the same in both', async () => {
    const { body } = await server.call('POST', '/api-keys', {});
    const key = body.decrypted_key;
    for (const headers of [
      { 'x-api-key': key },
      { authorization: `Bearer ${key}` },
      { 'x-api-key': key, authorization: `Bearer ${key}` },
      { 'x-api-key': key, authorization: 'Bearer not.a.token' },
    ]) {
      expect([headers, (await server.ask('GET', '/collections', { headers })).status]).toEqual([headers, 200]);
    }
  });

  test('with a key may make no keys and is told so', async () => {
    const { body } = await server.call('POST', '/api-keys', {});
    const answer = await server.ask('GET', '/api-keys', { headers: { 'x-api-key': body.decrypted_key } });
    expect([answer.status, answer.body.detail]).toEqual([
      403,
      expect.stringMatching(/API key authentication is not permitted/i),
    ]);
    expect((await server.ask('GET', '/users', { headers: { 'x-api-key': body.decrypted_key } })).status).toBe(401);
  });

  test('whose key was deleted is refused at once', async () => {
    const { body } = await server.call('POST', '/api-keys', {});
    const headers = { 'x-api-key': body.decrypted_key };
    expect((await server.ask('GET', '/collections', { headers })).status).toBe(200);
    expect((await server.call('DELETE', `/api-keys?id=${body.id}`)).status).toBe(200);
    const answer = await server.ask('GET', '/collections', { headers });
    expect([answer.status, answer.body.detail]).toEqual([403, expect.stringMatching(/invalid or expired API key/i)]);
  });
});
