import { expect, test } from 'vitest';
import { compileOwnCondition, toOwnColumns } from './own-columns.ts';

test('keeps names and values as tokens, texts for contains, and the ends of ranges', () => {
  expect(toOwnColumns({ team: ['Red', 'blue'], size: [3, -1], due: '2026-01-31', open: true })).toEqual({
    own_values: [
      ...['"team"', '"team""Red"', '"team""blue"', '"size"', '"size"3', '"size"-1'],
      ...['"due"', '"due""2026-01-31"', '"open"', '"open"true'],
    ],
    own_text_names: ['team', 'due'],
    own_texts: ['red\u001fblue', '2026-01-31'],
    own_range_names: ['"size"n', '"due"i'],
    own_lowest: [-1, Date.UTC(2026, 0, 31)],
    own_highest: [3, Date.UTC(2026, 0, 31)],
  });
});

test('keeps long texts as a hash, so that rows stay small', () => {
  const [, token = ''] = toOwnColumns({ note: 'x'.repeat(100_000) }).own_values;
  expect(token).toMatch(/^"note"#[0-9a-f]{64}$/);
});

test('a value cannot pass for another name or end its literal', () => {
  const sql = compileOwnCondition({ field: `raw_source_fields.a"'`, operator: 'equals', value: "') OR true --" });
  expect(sql).toBe(`array_has(own_values, '"a\\"''""'') OR true --"')`);
});
