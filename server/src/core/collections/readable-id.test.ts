import { expect, test } from 'vitest';
import { generateReadableId, ReadableId } from './readable-id.ts';

test.each([
  ['Finance Data', /^finance-data-[a-z0-9]{6}$/],
  ['R&D_notes 2024!', /^rdnotes-2024-[a-z0-9]{6}$/],
  ['  many   spaces\tand – dashes -- ', /^many-spaces-and-dashes-[a-z0-9]{6}$/],
  ['!!!!', /^[a-z0-9]{6}$/],
  ['データ収集', /^[a-z0-9]{6}$/],
])('the name %j becomes a readable id of its ASCII words', (name, pattern) => {
  const id = generateReadableId(name);
  expect(id).toMatch(pattern);
  expect(ReadableId.safeParse(id).success).toBe(true);
});
