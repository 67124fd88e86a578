import { describe, expect, it } from 'vitest';
import { compileFilter } from './compile-filter.ts';
import { quoteInteger, quoteText } from './sql.ts';

describe('compileFilter', () => {
  it('joins groups by OR and their conditions by AND', () => {
    expect(
      compileFilter([
        [
          { field: 'name', operator: 'equals', value: 'a' },
          { field: 'airweave_system_metadata.chunk_index', operator: 'less_than', value: 3 },
        ],
        [{ field: 'breadcrumbs.name', operator: 'in', value: ['x', 'y'] }],
      ]),
    ).toBe(`(name = 'a' AND chunk_index < 3) OR (array_has_any(breadcrumb_names, make_array('x', 'y')))`);
  });

  it('lets a missing date match the negative operators only', () => {
    const value = new Date(1000);
    expect(compileFilter([[{ field: 'created_at', operator: 'equals', value }]])).toBe('(created_at = 1000)');
    expect(compileFilter([[{ field: 'created_at', operator: 'not_equals', value }]])).toBe(
      '((created_at IS NULL OR created_at <> 1000))',
    );
    expect(compileFilter([[{ field: 'updated_at', operator: 'not_in', value: [value] }]])).toBe(
      '((updated_at IS NULL OR NOT (updated_at IN (1000))))',
    );
  });

  it('writes every text as one literal, whatever is in it', () => {
    for (const value of ["'", "' OR 1=1 --", "\\'", '"', '`name`', '%_', '\u0000', '\n', '’', '🙂']) {
      const predicate = compileFilter([[{ field: 'name', operator: 'equals', value }]]);
      expect(predicate).toBe(`(name = '${value.replaceAll("'", "''")}')`);
    }
  });

  it('compares integers with fractions and numbers out of range through their neighbours', () => {
    const compile = (operator: 'equals' | 'not_equals' | 'greater_than' | 'less_than_or_equal', value: number) =>
      compileFilter([[{ field: 'airweave_system_metadata.chunk_index', operator, value }]]);
    expect(compile('greater_than', 2.5)).toBe('(chunk_index > 2)');
    expect(compile('less_than_or_equal', 2.5)).toBe('(chunk_index <= 2)');
    expect(compile('equals', 2.5)).toBe('(false)');
    expect(compile('not_equals', 2.5)).toBe('(true)');
    expect(compile('greater_than', 1e300)).toBe(`(chunk_index > ${Number.MAX_SAFE_INTEGER})`);
    expect(compile('greater_than', Number.NaN)).toBe('(false)');
  });
});

describe('SQL literals', () => {
  it('double quotes and write lone surrogates as they are stored', () => {
    expect(quoteText("it's")).toBe("'it''s'");
    expect(quoteText('\ud800')).toBe("'\ufffd'");
  });

  it('are refused for numbers that are no integers', () => {
    expect(() => quoteInteger(Number.NaN)).toThrow(RangeError);
    expect(() => quoteInteger(1.5)).toThrow(RangeError);
  });
});
