import { describe, expect, test } from 'vitest';
import { openLibrary } from './__fixtures__/library.ts';
import { countDocuments, parseCountField } from './count-documents.ts';

describe('counting', () => {
  test('by day leaves out documents without the date, and tells most first', async () => {
    const day = (date: string) => ({ passages: ['x'], updatedAt: new Date(date) });
    const { deps, target } = await openLibrary([
      { entityId: 'a', ...day('2026-01-02T23:59:59Z') },
      { entityId: 'b', ...day('2026-01-02T00:00:00Z') },
      { entityId: 'c', ...day('2026-01-03T00:00:00Z') },
      { entityId: 'd', passages: ['x'] },
    ]);
    const request = { by: ['updated_at', 'created_at'], valuesPerField: 1 } as const;
    expect(await countDocuments(deps, target, request)).toEqual({
      count: 4,
      groups: [
        { field: 'updated_at', values: [{ value: '2026-01-02', count: 2 }], isCut: true },
        { field: 'created_at', values: [], isCut: false },
      ],
    });
  });

  test('by day refuses what would be cut short, rather than count a part', async () => {
    const { target } = await openLibrary([]);
    const finder = { count: async () => 10_001, list: async () => [], facets: async () => [] };
    await expect(countDocuments({ finder }, target, { by: ['created_at'], valuesPerField: 5 })).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining('Narrow the filter'),
    });
    expect(await countDocuments({ finder }, target, { by: [], valuesPerField: 5 })).toEqual({
      count: 10_001,
      groups: [],
    });
  });

  test('takes the fields that there are', () => {
    expect(parseCountField('created_at')).toEqual({ field: 'created_at' });
    expect(parseCountField('airweave_system_metadata.source_name')).toHaveProperty('field');
    expect(parseCountField('textual_representation')).toHaveProperty('problem');
  });
});
