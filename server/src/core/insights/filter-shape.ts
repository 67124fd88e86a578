import type { Filter } from '../search/index.ts';

const maxLength = 500;

/**
 * Which fields a filter asks about, and how, without the values: `created_at less_than, name contains`. Each once, in
 * alphabetical order, at most 500 characters.
 *
 * @param namesOwnFields whether the sources' own fields go by their names; else all are `raw_source_fields`
 * @returns null without a filter
 */
export function filterShape(filter: Filter | undefined, namesOwnFields: boolean): string | null {
  if (filter === undefined) return null;
  const parts = new Set(
    filter.flat().map(({ field, operator }) => {
      const isOwn = field.startsWith('raw_source_fields.');
      return `${isOwn && !namesOwnFields ? 'raw_source_fields' : field} ${operator}`;
    }),
  );
  return parts.size === 0 ? null : [...parts].sort().join(', ').slice(0, maxLength);
}
