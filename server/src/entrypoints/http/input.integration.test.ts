import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineEndpoint } from './endpoint.ts';
import { createHttpFixture, type HttpFixture } from './testing/http-fixture.ts';

const open = { tags: ['test'], access: 'public', response: z.unknown() } as const;

const endpoints = [
  defineEndpoint({
    ...open,
    method: 'GET',
    path: '/things/{id}',
    summary: 'Get a thing',
    params: z.object({ id: z.string() }),
    query: z.object({ flag: z.boolean().optional(), tag: z.array(z.string()).optional(), id: z.guid().optional() }),
    handler: ({ params, query }) => ({ ...params, query }),
  }),
  defineEndpoint({
    ...open,
    method: 'PUT',
    path: '/things/{id}/{kind}',
    summary: 'Put all',
    params: z.object({ id: z.guid(), kind: z.enum(['a', 'b', 'c']) }),
    query: z.object({ limit: z.int().max(10) }),
    headers: z.object({ 'x-mode': z.string() }),
    body: z.object({ name: z.string(), inner: z.strictObject({ list: z.array(z.int()).min(1) }) }),
    handler: () => 'put',
  }),
  defineEndpoint({
    ...open,
    method: 'POST',
    path: '/secured',
    summary: 'Secured',
    access: { scope: 'write' },
    body: z.object({ name: z.string() }),
    handler: () => 'done',
  }),
];

let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await createHttpFixture({ endpoints: () => endpoints });
});
afterAll(() => fixture.close());

describe('input', () => {
  test('is refused with all problems of path, query, headers and body at once', async () => {
    const answer = await fixture.ask('PUT', '/things/no-uuid/d?limit=11', { body: { inner: { list: [], more: 1 } } });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([
      { 'path.id': 'Input should be a valid UUID, 32 hexadecimal digits with or without hyphens' },
      { 'path.kind': "Input should be 'a', 'b' or 'c'" },
      { 'query.limit': 'Input should be less than or equal to 10' },
      { 'header.x-mode': 'Field required' },
      { 'body.name': 'Field required' },
      { 'body.inner.list': 'List should have at least 1 item after validation, not 0' },
      { 'body.inner.more': 'Extra inputs are not permitted' },
    ]);
    expect(answer.body.detail.map((problem: { type: string }) => problem.type)).toEqual([
      'uuid_parsing',
      'enum',
      'less_than_equal',
      'missing',
      'missing',
      'too_short',
      'extra_forbidden',
    ]);
    expect(answer.body.detail[0].loc).toEqual(['path', 'id']);
  });

  test('in a query may repeat: a list takes all, anything else the last', async () => {
    const { body } = await fixture.ask('GET', '/things/x?tag=a&tag=b&flag=no&flag=ON&unknown=1&unknown=2');
    expect(body.query).toEqual({ flag: true, tag: ['a', 'b'] });
  });

  test.each([
    '{11111111-1111-1111-1111-11111111111A}',
    '1111111111111111111111111111111A',
    'urn:uuid:11111111-1111-1111-1111-11111111111a',
  ])('takes the id %s in any spelling', async (id) => {
    const { body } = await fixture.ask('GET', `/things/x?id=${encodeURIComponent(id)}`);
    expect(body.query.id).toBe('11111111-1111-1111-1111-11111111111a');
  });

  test('is judged after JSON syntax and authentication', async () => {
    const key = await fixture.createKey({ scopes: ['read'] });
    const json = { 'content-type': 'application/json' };
    const status = async (body: string, as?: string) =>
      (await fixture.ask('POST', '/secured', { body, headers: json, ...(as === undefined ? {} : { key: as }) })).status;
    expect(await status('{broken')).toBe(422);
    expect(await status('{}')).toBe(401);
    expect(await status('{}', key)).toBe(403);
    expect(await status('{}', await fixture.createKey())).toBe(422);
  });
});
