import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseObject } from './parse-object.ts';

const Plan = z.object({ query: z.string() });

test.each([
  '{"query":"lease"}',
  '```json\n{"query":"lease"}\n```',
  'Sure! Here it is: {"query":"lease"} I hope that helps.',
  '{"query":"lease","extra":{"a":[1]}}',
])('finds the object in %j', (text) => {
  expect(parseObject(text, Plan)).toEqual({ isValid: true, value: { query: 'lease' } });
});

test.each([
  ['', /no JSON object/],
  ['lease', /no JSON object/],
  ['} and {', /no JSON object/],
  ['{"query":', /no JSON object/],
  ['{"query":}', /not valid JSON/],
  ['{"query":"a"} {"query":"b"}', /not valid JSON/],
  ['{"query":7}', /expected string.*\n.*query/],
])('says what is wrong with %j', (text, message) => {
  expect(parseObject(text, Plan)).toEqual({ isValid: false, error: expect.stringMatching(message) });
});

test('an error for the model is short, however much is wrong', () => {
  const Many = z.strictObject({});
  const object = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key${index}`, index]));
  const result = parseObject(JSON.stringify(object), Many);
  expect(result.isValid || result.error.length).toBe(2000);
});
