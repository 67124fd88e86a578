import type { Condition, Filter } from './filter.ts';

/** A filter in the grammar of the API, as `FilterGroups` reads it. */
export type WrittenFilter = {
  conditions: { field: string; operator: string; value: WrittenValue }[];
}[];
type WrittenValue = string | number | boolean | (string | number | boolean)[];

/** Back to the words that it could have been parsed from. */
export function writeFilter(filter: Filter): WrittenFilter {
  return filter.map((conditions) => ({
    conditions: conditions.map((condition) => ({
      field: condition.field,
      // Only the older search can say this, and only here is it to be read.
      operator: 'isNegated' in condition ? `not ${condition.operator}` : condition.operator,
      value: writeValue(condition.value),
    })),
  }));
}

function writeValue(value: Condition['value']): WrittenValue {
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return value;
  return value.map((item) => (item instanceof Date ? item.toISOString() : item));
}
