import type { OrderOperator, OwnCondition, OwnValue } from '../../../core/search/filter.ts';
import {
  flattenOwnFields,
  instantOf,
  ownNameOf,
  toComparable,
  toContainsText,
} from '../../../core/search/own-fields.ts';
import type { JsonObject } from '../../../core/shared/index.ts';

/** The meaning of a condition on one of a source's own fields, as a plain predicate. */
export function matchesOwnCondition(fields: JsonObject, condition: OwnCondition): boolean {
  const values = flattenOwnFields(fields).get(ownNameOf(condition.field));
  switch (condition.operator) {
    case 'exists':
      return (values !== undefined) === condition.value;
    case 'contains': {
      const needle = toContainsText(condition.value);
      return values?.some((value) => typeof value === 'string' && toContainsText(value).includes(needle)) ?? false;
    }
    case 'equals':
      return isAny(values, [condition.value]);
    case 'not_equals':
      return !isAny(values, [condition.value]);
    case 'in':
      return isAny(values, condition.value);
    case 'not_in':
      return !isAny(values, condition.value);
    default: {
      const { operator, value: bound } = condition;
      const read = bound instanceof Date ? toInstant : toNumber;
      const isInside = (values ?? []).some((value) => compare(read(value), operator, Number(bound)));
      return isInside !== (condition.isNegated ?? false);
    }
  }
}

function isAny(values: readonly OwnValue[] | undefined, wanted: readonly OwnValue[]): boolean {
  const comparable = new Set(wanted.map(toComparable));
  return values?.some((value) => comparable.has(value)) ?? false;
}

function toInstant(value: OwnValue): number | undefined {
  return typeof value === 'string' ? instantOf(value) : undefined;
}

function toNumber(value: OwnValue): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function compare(value: number | undefined, operator: OrderOperator, bound: number): boolean {
  if (value === undefined) return false;
  switch (operator) {
    case 'greater_than':
      return value > bound;
    case 'less_than':
      return value < bound;
    case 'greater_than_or_equal':
      return value >= bound;
    case 'less_than_or_equal':
      return value <= bound;
  }
}
