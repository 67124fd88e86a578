import { describe, expect, test } from 'vitest';
import { isOfModel, ModelFailure } from '../model-providers/model-failure.ts';
import { toModelFailure } from '../model-providers/to-model-failure.ts';
import { describeModelFailure } from './describe-model-failure.ts';

/** As the SDK makes them. */
function apiError(statusCode: number | undefined, responseBody = '', responseHeaders = {}): Error {
  return Object.assign(new Error('api'), { name: 'AI_APICallError', statusCode, responseBody, responseHeaders });
}

describe('the kind of a failure', () => {
  test.each<[number, string, ModelFailure['kind']]>([
    [200, '<html>', 'not_an_api'],
    [400, '{"error":{"message":"API key not valid. Please pass a valid API key."}}', 'wrong_key'],
    [400, '{"error":{"message":"Your credit balance is too low to access the API."}}', 'out_of_credit'],
    [400, '{"message":"The provided model identifier is invalid."}', 'unknown_model'],
    [400, '{"error":{"message":"Unsupported parameter: response_format"}}', 'refused'],
    [401, '', 'wrong_key'],
    [402, '', 'out_of_credit'],
    [403, '', 'wrong_key'],
    [404, '', 'unknown_model'],
    [408, '', 'overloaded'],
    [413, '', 'refused'],
    [422, '', 'refused'],
    [429, 'Rate limit reached', 'limit_reached'],
    [429, '{"error":{"code":"insufficient_quota"}}', 'out_of_credit'],
    [500, '', 'overloaded'],
    [529, '', 'overloaded'],
  ])('of status %i with %s', (status, body, kind) => {
    expect(toModelFailure(apiError(status, body)).kind).toBe(kind);
  });

  test('without a status is that nothing was reached', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const failure = toModelFailure(Object.assign(apiError(undefined), { cause: refused }));
    expect(failure).toMatchObject({ kind: 'unreachable', said: 'ECONNREFUSED' });
  });

  test('is kept however deep the SDK has wrapped it', () => {
    const cut = new ModelFailure('cut', 'broken');
    expect(toModelFailure(Object.assign(apiError(undefined), { cause: new Error('x', { cause: cut }) }))).toBe(cut);
  });

  test('is unexpected for whatever else is thrown', () => {
    expect(toModelFailure(new TypeError('x is not a function')).kind).toBe('unexpected');
    expect(toModelFailure('a string').kind).toBe('unexpected');
  });

  test('counts for the breaker unless a question can bring it about', () => {
    const counting = (['refused', 'nonsense', 'too_large', 'overloaded', 'wrong_key', 'slow'] as const).map((kind) =>
      isOfModel(new ModelFailure(kind, '')),
    );
    expect(counting).toEqual([false, false, false, true, true, true]);
  });
});

describe('when to try again', () => {
  const waitOf = (headers: Record<string, string>) => toModelFailure(apiError(429, '', headers)).retryAfterMs;

  test('is read in seconds, milliseconds and as a date', () => {
    expect(waitOf({ 'retry-after': '7' })).toBe(7000);
    expect(waitOf({ 'retry-after': '7', 'retry-after-ms': '120' })).toBe(120);
    expect(waitOf({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() })).toBeGreaterThan(50_000);
    expect(waitOf({ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' })).toBe(0);
  });

  test.each(['', 'soon', '-5', '1e9x'])('is unknown for %j', (text) => {
    expect(waitOf({ 'retry-after': text })).toBeUndefined();
  });
});

describe('the description of a failure', () => {
  const name = { provider: 'openai', model: 'gpt-5-mini' } as const;
  const detailOf = (said: string, apiKey = 'configured-key') =>
    describeModelFailure(new ModelFailure('refused', '', { said }), name, { apiKey }).detail;

  test('names the setting to change', () => {
    expect(describeModelFailure(new ModelFailure('wrong_key', ''), name)).toEqual({
      kind: 'wrong_key',
      message: 'openai:gpt-5-mini refuses the key, or the key may not use this model.',
      fix: 'Check OPENAI_API_KEY, and that the account behind it has access to the model.',
      detail: null,
    });
  });

  test('quotes what the provider said, without keys and control characters, and not at length', () => {
    expect(detailOf('{"error":{"message":"no schema"}}')).toBe('no schema');
    expect(detailOf('{"error":"no schema"}')).toBe('no schema');
    expect(detailOf('{"message":"no schema"}')).toBe('no schema');
    expect(detailOf('wrong key configured-key or sk-proj-ab12****wxyz\u001b[31m\n here')).toBe(
      'wrong key [key] or [key] [31m here',
    );
    expect(detailOf('x'.repeat(5000))).toHaveLength(301);
    expect(detailOf(' ')).toBeNull();
  });
});
