import { expect, test } from 'vitest';
import { dateFields, numberFields, textFields } from './filter.ts';
import { nearestName } from './nearest-name.ts';

const fields = [...textFields, ...dateFields, ...numberFields];

test.each([
  ['nmae', 'name'],
  ['source_name', 'airweave_system_metadata.source_name'],
  ['airweave_system_metadata.source', 'airweave_system_metadata.source_name'],
  ['created', 'created_at'],
  ['Updated_At', 'updated_at'],
  ['chunkindex', 'airweave_system_metadata.chunk_index'],
])('takes %s for %s', (written, meant) => {
  expect(nearestName(written, fields)).toBe(meant);
});

test.each(['', 'zzzzzzzz', 'x'.repeat(100_000)])('has no suggestion for what is far from everything', (written) => {
  expect(nearestName(written, fields)).toBeUndefined();
});
