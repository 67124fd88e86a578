import type { OrderOperator, OwnCondition, OwnValue } from '../../../core/search/filter.ts';
import {
  flattenOwnFields,
  instantOf,
  ownNameOf,
  toComparable,
  toContainsText,
} from '../../../core/search/own-fields.ts';
import type { JsonObject } from '../../../core/shared/index.ts';
import { containsPattern, foldText, toTerm, toWindows } from './indexed-text.ts';
import { anyTerm, not, nothing, type Query } from './query.ts';

/*
 * The sources' own fields in three lists of terms that are the same for all sources: a field of the index for each of theirs
 * would fill the cluster's state, and a nested document for each value would multiply the rows that a vector search walks
 * over. Every term begins with the field's name as JSON, which is no beginning of another name's.
 */

export interface OwnTerms {
  /** `"name"` where the field has a value, and `"name"value` of each, the value as JSON. */
  readonly own_values: readonly string[];
  /** `"name"n…` for numbers and `"name"i…` for instants, which sort as their values do. */
  readonly own_order: readonly string[];
  /** `"name"` and the text, for `contains`. */
  readonly own_texts: readonly string[];
}

export function toOwnTerms(fields: JsonObject): OwnTerms {
  const flat = [...flattenOwnFields(fields)].map(([name, values]) => ({ key: JSON.stringify(name), values }));
  return {
    own_values: distinct(flat.flatMap(({ key, values }) => [key, ...values.map((value) => toToken(key, value))])),
    own_order: distinct(flat.flatMap(({ key, values }) => values.flatMap((value) => orderTermsOf(key, value)))),
    own_texts: distinct(flat.flatMap(({ key, values }) => values.flatMap((value) => textTermsOf(key, value)))),
  };
}

function distinct(terms: readonly string[]): readonly string[] {
  return [...new Set(terms)];
}

function toToken(key: string, value: OwnValue): string {
  return toTerm(`${key}${JSON.stringify(value)}`);
}

function orderTermsOf(key: string, value: OwnValue): readonly string[] {
  if (typeof value === 'number') return [`${key}n${toSortable(value)}`];
  const instant = typeof value === 'string' ? instantOf(value) : undefined;
  return instant === undefined ? [] : [`${key}i${toSortable(instant)}`];
}

function textTermsOf(key: string, value: OwnValue): readonly string[] {
  if (typeof value !== 'string') return [];
  return toWindows(foldText(toContainsText(value))).map((window) => `${key}${window}`);
}

/** 16 hexadecimal digits that sort as the numbers do: IEEE 754 with the sign turned round. */
function toSortable(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  // Adding 0 makes 0 of -0.
  view.setFloat64(0, value + 0);
  const bits = view.getBigUint64(0);
  const sign = 1n << 63n;
  const sortable = (bits & sign) === 0n ? bits | sign : BigInt.asUintN(64, ~bits);
  return sortable.toString(16).padStart(16, '0');
}

/** The query of a condition on an own field. Pure. */
export function compileOwnCondition(condition: OwnCondition): Query {
  const key = JSON.stringify(ownNameOf(condition.field));
  const isOneOf = (values: readonly OwnValue[]) =>
    anyTerm(
      'own_values',
      values.map((value) => toToken(key, toComparable(value))),
    );
  switch (condition.operator) {
    case 'exists':
      return condition.value ? anyTerm('own_values', [key]) : not(anyTerm('own_values', [key]));
    case 'contains':
      return {
        wildcard: { own_texts: { value: containsPattern(foldText(toContainsText(condition.value)), key) } },
      };
    case 'equals':
      return isOneOf([condition.value]);
    case 'not_equals':
      return not(isOneOf([condition.value]));
    case 'in':
      return isOneOf(condition.value);
    case 'not_in':
      return not(isOneOf(condition.value));
    default: {
      const range = compileRange(key, condition.operator, condition.value);
      return condition.isNegated === true ? not(range) : range;
    }
  }
}

const bounds = {
  greater_than: 'gt',
  greater_than_or_equal: 'gte',
  less_than: 'lt',
  less_than_or_equal: 'lte',
} as const satisfies Record<OrderOperator, string>;

function compileRange(key: string, operator: OrderOperator, bound: number | Date): Query {
  const number = Number(bound);
  if (Number.isNaN(number)) return nothing;
  const prefix = `${key}${bound instanceof Date ? 'i' : 'n'}`;
  const isLower = operator.startsWith('greater');
  const otherEnd = isLower ? { lte: `${prefix}${'f'.repeat(16)}` } : { gte: `${prefix}${'0'.repeat(16)}` };
  return { range: { own_order: { [bounds[operator]]: `${prefix}${toSortable(number)}`, ...otherEnd } } };
}
