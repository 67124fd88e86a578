import { expect, test } from 'vitest';
import { ApiError, answerOf, createClient } from '../../client/src/index.ts';
import { isClientSchemaCurrent } from '../scripts/contract/client-schema.ts';
import { ContractServer } from './contract-server.ts';

const server = ContractServer.use();
const client = () => createClient({ baseUrl: server.url });

test('the client has the types of the present OpenAPI document; else run `npm run generate-client`', async () => {
  expect(await isClientSchemaCurrent()).toBe(true);
});

test('a typed call goes out as the document says and comes back as its type', async () => {
  const created = await answerOf(client().POST('/collections', { body: { name: 'By the client' } }));
  const path = { readable_id: created.readable_id };
  const read = await answerOf(client().GET('/collections/{readable_id}', { params: { path } }));
  expect(read).toEqual(created);
  const found = await answerOf(
    client().POST('/collections/{readable_id}/search/instant', {
      params: { path: { readable_id: 'finance-data' } },
      body: { query: 'revenue', retrieval_strategy: 'keyword', limit: 1 },
    }),
  );
  expect(found.results.map(({ name }) => name)).toEqual(['Report']);
});

test('a refusal is an error that says what the server said', async () => {
  const path = { readable_id: 'no-such-collection' };
  const missing = answerOf(client().GET('/collections/{readable_id}', { params: { path } }));
  await expect(missing).rejects.toThrow(/not found/i);
  await expect(missing).rejects.toMatchObject({ name: 'ApiError', status: 404, problems: [], retryAfterMs: undefined });

  const wrong = answerOf(client().POST('/collections', { body: { name: 'abc' } }));
  await expect(wrong).rejects.toBeInstanceOf(ApiError);
  await expect(wrong).rejects.toMatchObject({
    status: 422,
    message: 'body.name: String should have at least 4 characters',
    problems: [{ loc: ['body', 'name'], type: 'string_too_short' }],
  });
});
