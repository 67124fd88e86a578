import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
beforeAll(async () => {
  fixture = await createSourceFixture();
  await fixture.createCollection('under-test');
});
afterAll(() => fixture.close());

describe('the body of a new connection', () => {
  test.each([
    ['name', 'abc', 'String should have at least 4 characters'],
    ['name', 'x'.repeat(43), 'String should have at most 42 characters'],
    ['name', 'line\nbreak', 'Value error, must not contain control characters'],
    ['name', 7, 'Input should be a valid string'],
    ['short_name', undefined, 'Field required'],
    ['short_name', null, 'Input should be a valid string'],
    ['readable_collection_id', undefined, 'Field required'],
    ['description', 'x'.repeat(256), 'String should have at most 255 characters'],
    ['config', 'text', 'Input should be a valid dictionary'],
    ['config', [], 'Input should be a valid dictionary'],
    ['schedule', '0 0 * * *', 'Input should be a valid dictionary or object to extract fields from'],
    ['sync_immediately', 'perhaps', 'Input should be a valid boolean, unable to interpret input'],
  ])('with %s %j is refused', async (field, value, message) => {
    const { status, body } = await fixture.connect('under-test', { [field]: value });
    expect([status, body.errors]).toEqual([422, [{ [`body.${field}`]: message }]]);
  });

  test('takes names of 4 and 42 characters in any script, and a description of 255', async () => {
    for (const name of ['🚀🚀🚀🚀', 'é'.repeat(42)]) {
      const { body } = await fixture.connect('under-test', { name, description: 'ß'.repeat(255) });
      expect([body.name, body.description]).toEqual([name, 'ß'.repeat(255)]);
    }
  });

  test.each([
    ['two variants', { credentials: {}, access_token: 't' }, /Extra inputs are not permitted/],
    ['three variants', { credentials: {}, provider_readable_id: 'p', client_id: 'c' }, /Extra inputs/],
    ['an unknown key', { password: 'p' }, /Extra inputs are not permitted/],
    ['half a client', { client_id: 'c' }, /client.*both/],
    ['the other half', { client_secret: 's' }, /client.*both/],
    ['half a consumer', { consumer_key: 'k' }, /consumer.*both/],
    [
      'client and consumer',
      { client_id: 'c', client_secret: 's', consumer_key: 'k', consumer_secret: 's' },
      /client and consumer.*both/,
    ],
    ['a blank token', { access_token: '  ' }, /must not be blank|match pattern/],
    ['an expired token', { access_token: 't', expires_at: '2020-01-01T00:00:00' }, /past/],
    ['a token with a strange end', { access_token: 't', expires_at: 'tomorrow' }, /valid datetime/],
    ['credentials that are a text', { credentials: 'secret' }, /valid dictionary/],
    ['a list', [], /valid dictionary/],
    ['a text', 'secret', /valid dictionary/],
  ])('with an authentication of %s is refused', async (_what, authentication, message) => {
    const { status, body } = await fixture.connect('under-test', { authentication });
    expect(status).toBe(422);
    expect(JSON.stringify(body.errors)).toMatch(message);
    expect(body.errors.every((error: object) => Object.keys(error)[0]?.startsWith('body.authentication'))).toBe(true);
  });

  test('with a token that ends later, with or without an offset, is understood', async () => {
    for (const expires_at of ['2999-01-01T00:00:00', '2999-01-01T00:00:00+02:00', null]) {
      const { status, body } = await fixture.connect('under-test', {
        authentication: { access_token: 't', expires_at },
      });
      expect([status, body.detail]).toEqual([400, expect.stringContaining('does not support')]);
    }
  });
});
