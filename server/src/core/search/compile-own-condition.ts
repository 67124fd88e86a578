import type { Condition, OrderOperator, OwnField, OwnValue } from './filter.ts';
import { parseInstant } from './parse-instant.ts';

type WrittenOperator = 'equals' | 'not_equals' | 'contains' | OrderOperator | 'in' | 'not_in' | 'exists';

/** A condition on one of a source's own fields, in the index's language, or what is wrong with it. */
export function compileOwnCondition(
  field: OwnField,
  operator: WrittenOperator,
  value: OwnValue | readonly OwnValue[],
): Condition | string {
  switch (operator) {
    case 'exists':
      return typeof value === 'boolean' ? { field, operator, value } : 'needs true or false';
    case 'in':
    case 'not_in':
      if (typeof value === 'object') return { field, operator, value };
      return typeof value === 'string' && value === ''
        ? { field, operator, value: [] }
        : { field, operator, value: [value] };
    case 'contains':
      return typeof value === 'string'
        ? { field, operator, value }
        : "looks into text only and needs a text; compare numbers with 'equals' or 'greater_than'";
    case 'equals':
    case 'not_equals':
      return typeof value === 'object'
        ? "a list needs 'in' or 'not_in'; give a single value"
        : { field, operator, value };
    default: {
      const bound = readBound(value);
      return typeof bound === 'string' ? bound : { field, operator, value: bound };
    }
  }
}

/** A number, or a date of a text: what own fields can be ordered by. Else what is wrong with it. */
export function readBound(value: unknown): number | Date | string {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  if (instant !== undefined) return instant;
  const hint =
    typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
      ? '; a number is written without quotes'
      : '';
  return `needs a number, or an ISO 8601 date such as '2026-01-31' or '2026-01-31T09:30:00Z'${hint}`;
}
