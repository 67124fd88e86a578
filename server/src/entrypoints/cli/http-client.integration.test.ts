import { expect, it } from 'vitest';
import { z } from 'zod';
import { type Reply, startTestServer } from './__fixtures__/test-server.ts';
import { createHttpClient } from './http-client.ts';

const Answer = z.looseObject({ name: z.string() });

async function askOnce(reply: Reply) {
  await using server = await startTestServer(() => reply);
  const client = createHttpClient({ url: server.url, headers: {} });
  return await client.request('GET', '/thing', Answer).catch((error: unknown) => error);
}

it('sends query, body and headers, and keeps fields it does not know', async () => {
  await using server = await startTestServer(() => ({ body: { name: 'a', other: 1 } }));
  const client = createHttpClient({ url: server.url, headers: { 'X-API-Key': 'k' } });
  const answer = await client.request('POST', '/thing', Answer, {
    query: { limit: 5, none: undefined },
    body: { q: 'ü' },
  });
  expect(answer).toEqual({ name: 'a', other: 1 });
  expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/thing?limit=5', body: { q: 'ü' } });
  expect(server.seen[0]?.headers).toMatchObject({ 'x-api-key': 'k', 'content-type': 'application/json' });
});

it.each([
  [400, 1, 'refused'],
  [401, 4, 'not_allowed'],
  [403, 4, 'not_allowed'],
  [404, 5, 'not_found'],
  [422, 1, 'refused'],
  [500, 1, 'server_error'],
])('turns status %i into exit code %i', async (status, exitCode, code) => {
  expect(await askOnce({ status, body: { detail: 'Because \u001b[2Jof this' } })).toMatchObject({
    exitCode,
    code,
    status,
    message: expect.stringContaining('Because of this'),
  });
});

it('says every field that is wrong', async () => {
  const body = { errors: [{ 'body.name': 'Field required' }, { 'query.limit': 'too large' }], detail: [] };
  expect(await askOnce({ status: 422, body })).toMatchObject({ message: 'name: Field required\nlimit: too large' });
});

it('follows no redirect, since a key would go with it', async () => {
  await using other = await startTestServer(() => ({ body: { name: 'stolen' } }));
  const error = await askOnce({ status: 302, headers: { location: other.url }, body: '' });
  expect(error).toMatchObject({ exitCode: 1, message: expect.stringContaining('sends requests elsewhere') });
  expect(other.seen).toEqual([]);
});

it.each([['<html>hello</html>'], [{ unlike: 'weft' }]])('says that what answers is not Weft: %j', async (body) => {
  expect(await askOnce({ body })).toMatchObject({ exitCode: 1, code: 'unexpected_answer' });
});

it('gives up on an answer without end', async () => {
  expect(await askOnce({ body: 'x'.repeat(65 * 1024 * 1024) })).toMatchObject({ code: 'answer_too_large' });
});

it('says npm start when nothing listens', async () => {
  const server = await startTestServer(() => undefined);
  await server[Symbol.asyncDispose]();
  const client = createHttpClient({ url: server.url, headers: {} });
  await expect(client.request('GET', '/', Answer)).rejects.toMatchObject({
    exitCode: 3,
    code: 'no_server',
    message: expect.stringContaining('npm start'),
  });
});
