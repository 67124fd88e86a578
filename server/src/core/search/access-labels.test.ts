import { expect, test } from 'vitest';
import { newId, SourceConnectionId } from '../shared/index.ts';
import {
  parseSearcherLabel,
  toComparableLabel,
  toSourceLabel,
  toStoredLabel,
  toStoredLabels,
} from './access-labels.ts';
import { withStoredLabels } from './with-stored-labels.ts';

const one = newId(SourceConnectionId);
const two = newId(SourceConnectionId);

test('a group is stored as one of its connection, and shown as its source wrote it', () => {
  const stored = toStoredLabel('group:Sales/EU', one, { isGuarded: false });
  expect(stored).toBe(`group:${one}/Sales/EU`);
  expect(stored).not.toBe(toStoredLabel('group:Sales/EU', two, { isGuarded: false }));
  expect(toSourceLabel(stored, one)).toBe('group:Sales/EU');
});

test('a label that looks like one of another connection does not become it', () => {
  const forged = toStoredLabel(`group:${two}/sales`, one, { isGuarded: false });
  expect(forged).not.toBe(toStoredLabel('group:sales', two, { isGuarded: false }));
  expect(toSourceLabel(forged, one)).toBe(`group:${two}/sales`);
});

test('addresses are one person’s everywhere, unless the source says itself who its users are', () => {
  expect(toStoredLabel('user:Anna@Example.com', one, { isGuarded: false })).toBe('user:anna@example.com');
  expect(toStoredLabel('user:Anna@Example.com', one, { isGuarded: true })).toBe(`user:${one}/anna@example.com`);
  expect(toSourceLabel(`user:${one}/anna@example.com`, one)).toBe('user:anna@example.com');
});

test('only addresses are compared without regard to case', () => {
  expect(toComparableLabel('user:U02ABC')).toBe('user:U02ABC');
  expect(toComparableLabel('group:Sales@EU')).toBe('group:Sales@EU');
});

test.each([
  ['Anna@Example.com', 'user:anna@example.com'],
  ['user:Anna@Example.com', 'user:anna@example.com'],
  ['user:U02ABC', 'user:U02ABC'],
  ['group:Sales', 'group:Sales'],
])('%s searches as %s', (text, label) => {
  expect(parseSearcherLabel(text)).toBe(label);
});

test.each(['anna', 'user:', 'group:', '', 'a b@example.com', '@', `user:${'x'.repeat(600)}`, 'role:admin'])(
  'there is nobody to search as in %j',
  (text) => {
    expect(() => parseSearcherLabel(text)).toThrow(/should be an e-mail address, or a label/);
  },
);

test('a filter for viewers means the group of every connection, and others are left as they are', async () => {
  const other = { field: 'name', operator: 'equals', value: 'x' } as const;
  const none = { field: 'access.viewers', operator: 'exists', value: false } as const;
  const filter = [
    [{ field: 'access.viewers', operator: 'in', value: ['group:sales', 'user:A@b.com'] } as const, other],
  ];
  const stored = await withStoredLabels(filter, async () => [one, two]);
  const labels = [`group:${one}/sales`, `group:${two}/sales`];
  const users = ['user:a@b.com', `user:${one}/a@b.com`, `user:${two}/a@b.com`];
  expect(stored).toEqual([[{ ...filter[0]?.[0], value: [...labels, ...users] }, other]]);
  const refuse = () => Promise.reject(new Error('asked for nothing'));
  expect(await withStoredLabels([[none, other]], refuse)).toEqual([[none, other]]);
  expect(await withStoredLabels(undefined, refuse)).toBeUndefined();
  expect(toStoredLabels('group:x', [])).toEqual([]);
});
