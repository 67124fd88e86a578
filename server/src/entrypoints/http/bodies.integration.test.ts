import http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineEndpoint } from './endpoint.ts';
import { createHttpFixture, type HttpFixture } from './testing/http-fixture.ts';
import { sendRaw } from './testing/send-raw.ts';

const open = { tags: ['test'], access: 'public', response: z.unknown() } as const;

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
    method: 'POST',
    path: '/uploads',
    summary: 'Upload',
    body: z.object({ name: z.string() }),
    uploads: ['text/markdown'],
    maxUploadBytes: 20_000_000,
    handler: async ({ body, request }) => body ?? { length: (await request.text()).length },
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
  defineEndpoint({
    ...open,
    method: 'POST',
    path: '/secured-large',
    summary: 'Secured and large',
    access: { scope: 'write' },
    maxBodyBytes: 20_000_000,
    body: z.object({ name: z.string() }),
    handler: ({ body }) => body.name.length,
  }),
];

let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await createHttpFixture({ endpoints: () => endpoints });
});
afterAll(() => fixture.close());

describe('bodies', () => {
  test.each([
    ['not json', 'body.1'],
    ['{"name": nope}', 'body.10'],
    ['{"name": "a"', 'body.12'],
    ['{"name": "a",}', 'body.13'],
    ['"unterminated', 'body.13'],
  ])('refuse %s at the place of the mistake', async (body, place) => {
    const answer = await fixture.ask('POST', '/things', { body, headers: { 'content-type': 'application/json' } });
    expect([answer.status, answer.body.errors]).toEqual([422, [{ [place]: 'JSON decode error' }]]);
    expect(answer.body.detail[0].type).toBe('json_invalid');
  });

  test.each(['[', '{"a":', '{"name":['])('refuse nesting by %s without harm', async (open) => {
    const answer = await fixture.ask('POST', '/things', {
      body: open.repeat(1_000_000),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(422);
    expect(answer.body.detail[0].msg).toContain('nested deeper than 64');
  });

  test('refuse what is not UTF-8', async () => {
    const bytes = new Uint8Array([0x22, 0xff, 0x22]);
    const answer = await fetch(`${fixture.url}/things`, { method: 'POST', body: bytes });
    expect(answer.status).toBe(422);
  });

  test('count as JSON without a content type and with a JSON one, and as nothing with another', async () => {
    const send = (type?: string) =>
      fixture.ask('POST', '/things', {
        body: '{"name":"a"}',
        headers: type === undefined ? {} : { 'content-type': type },
      });
    for (const type of ['application/json', 'application/JSON; charset=utf-8', 'application/vnd.api+json']) {
      expect([type, (await send(type)).body]).toEqual([type, { name: 'a' }]);
    }
    expect((await send('text/plain')).body.errors).toEqual([
      { body: 'Input should be a valid dictionary or object to extract fields from' },
    ]);
    const bare = await sendRaw(
      fixture.url,
      'POST /things HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 12\r\n\r\n{"name":"a"}',
    );
    expect(bare).toMatch(/^HTTP\/1.1 200[\s\S]*\{"name":"a"\}$/);
  });

  test('take the last of duplicate keys and ignore unknown ones, __proto__ included', async () => {
    const body = '{"name":"first","name":"last","other":1,"__proto__":{"polluted":true},"constructor":2}';
    expect(
      (await fixture.ask('POST', '/things', { body, headers: { 'content-type': 'application/json' } })).body,
    ).toEqual({
      name: 'last',
    });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test.each([
    ['[]', { body: 'Input should be a valid dictionary or object to extract fields from' }],
    ['"text"', { body: 'Input should be a valid dictionary or object to extract fields from' }],
    ['null', { body: 'Field required' }],
    ['', { body: 'Field required' }],
    ['{"count":"x"}', { 'body.count': 'Input should be a valid integer, unable to parse string as an integer' }],
    ['{"count":1.5}', { 'body.count': 'Input should be a valid integer, got a number with a fractional part' }],
    ['{"count":true}', { 'body.count': 'Input should be a valid integer' }],
    ['{"count":1e400}', { 'body.count': 'Input should be a valid integer' }],
    ['{"isGood":"perhaps"}', { 'body.isGood': 'Input should be a valid boolean, unable to interpret input' }],
    ['{"isGood":[]}', { 'body.isGood': 'Input should be a valid boolean' }],
  ])('that are %s are named as what they are', async (body, error) => {
    const answer = await fixture.ask('POST', '/things', { body, headers: { 'content-type': 'application/json' } });
    expect([answer.status, answer.body.errors]).toEqual([422, [error]]);
  });

  test('may spell integers and booleans as texts', async () => {
    const answer = await fixture.ask('POST', '/things', { body: { count: '7.0', isGood: 'Yes' } });
    expect(answer.body).toEqual({ count: 7, isGood: true });
  });

  test('that say they are too large are refused before anything else is looked at', async () => {
    for (const path of ['/things', '/nowhere', '/secured']) {
      const answer = await sendRaw(
        fixture.url,
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 10485761\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1.1 413[\s\S]*"detail"/);
    }
  });

  test('that turn out too large while they are read are refused', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(`${fixture.url}/things`, { method: 'POST' }, (response) => {
        resolve(response.statusCode);
        response.resume();
        request.destroy();
      });
      request.on('error', reject);
      const chunk = Buffer.alloc(1_000_000, 'x');
      for (let i = 0; i < 12; i += 1) request.write(chunk);
    });
    expect(status).toBe(413);
  });

  test('of the types an endpoint reads itself reach it unread, under a limit of their own', async () => {
    const text = 'x'.repeat(11_000_000);
    const upload = await fixture.ask('POST', '/uploads', { body: text, headers: { 'content-type': 'text/markdown' } });
    expect(upload.body).toEqual({ length: text.length });
    expect((await fixture.ask('POST', '/uploads', { body: { name: 'json' } })).body).toEqual({ name: 'json' });
    const asJson = await fixture.ask('POST', '/uploads', {
      body: text,
      headers: { 'content-type': 'application/json' },
    });
    expect(asJson.status).toBe(413);
  });
});

describe('an endpoint that takes large bodies', () => {
  test('reads them from callers it knows only', async () => {
    const body = { name: 'x'.repeat(11_000_000) };
    expect((await fixture.ask('POST', '/secured-large', { body, key: await fixture.createKey() })).body).toBe(
      11_000_000,
    );
    const json = { 'content-type': 'application/json' };
    expect((await fixture.ask('POST', '/secured-large', { body: '{broken', headers: json })).status).toBe(401);
  });
});
