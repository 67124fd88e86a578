import { expect, test } from 'vitest';
import { toStorableJson } from './storable-json.ts';

test('leaves out NUL and mends broken surrogates, in keys and values at any depth', () => {
  const value = { 'a\0': ['b\0c', { deep: '\ud800x', ok: '🚀' }], n: 1, none: null };
  expect(JSON.parse(toStorableJson(value))).toEqual({ a: ['bc', { deep: '\ufffdx', ok: '🚀' }], n: 1, none: null });
});

test('keeps text that only looks like an escape', () => {
  const value = { path: 'C:\\u0000', other: '\\ud800' };
  expect(JSON.parse(toStorableJson(value))).toEqual(value);
});
