import { createHash } from 'node:crypto';
import type { OrderOperator, OwnCondition, OwnValue } from '../../../core/search/filter.ts';
import {
  flattenOwnFields,
  instantOf,
  ownNameOf,
  textSeparator,
  toComparable,
  toContainsText,
} from '../../../core/search/own-fields.ts';
import type { JsonObject } from '../../../core/shared/index.ts';
import { quoteNumber, quoteText } from './sql.ts';

/*
 * The sources' own fields in columns that are the same for all sources. Every name and value as a token answers what equals
 * what. Lists side by side answer the rest: a name's place in one is its value's place in the other. Ranges need only a field's
 * lowest and highest value, since a list matches when any element does.
 */

export interface OwnColumns {
  /** `"name"` where the field has a value, and `"name"value` of each, the value as JSON. */
  readonly own_values: readonly string[];
  readonly own_text_names: readonly string[];
  /** What `contains` looks in: all texts of the field, apart by `textSeparator`. */
  readonly own_texts: readonly string[];
  /** `"name"n` for numbers, `"name"i` for instants in milliseconds since 1970. */
  readonly own_range_names: readonly string[];
  readonly own_lowest: readonly number[];
  readonly own_highest: readonly number[];
}

export function toOwnColumns(fields: JsonObject): OwnColumns {
  const flat = [...flattenOwnFields(fields)];
  const texts = flat.flatMap(([name, values]) => {
    const found = values.filter((value) => typeof value === 'string');
    return found.length === 0 ? [] : [{ name, text: found.map(toContainsText).join(textSeparator) }];
  });
  const ranges = flat.flatMap(([name, values]) => [
    ...rangeOf(`${JSON.stringify(name)}n`, values, (value) => (typeof value === 'number' ? value : undefined)),
    ...rangeOf(`${JSON.stringify(name)}i`, values, (value) =>
      typeof value === 'string' ? instantOf(value) : undefined,
    ),
  ]);
  return {
    own_values: flat.flatMap(([name, values]) => [
      JSON.stringify(name),
      ...new Set(values.map((value) => toToken(name, value))),
    ]),
    own_text_names: texts.map(({ name }) => name),
    own_texts: texts.map(({ text }) => text),
    own_range_names: ranges.map(({ name }) => name),
    own_lowest: ranges.map(({ lowest }) => lowest),
    own_highest: ranges.map(({ highest }) => highest),
  };
}

function rangeOf(
  name: string,
  values: readonly OwnValue[],
  read: (value: OwnValue) => number | undefined,
): readonly { readonly name: string; readonly lowest: number; readonly highest: number }[] {
  const numbers = values.map(read).filter((number) => number !== undefined);
  const [first] = numbers;
  if (first === undefined) return [];
  return [
    {
      name,
      lowest: numbers.reduce((lowest, number) => Math.min(lowest, number), first),
      highest: numbers.reduce((highest, number) => Math.max(highest, number), first),
    },
  ];
}

/** Longer texts go by their hash, so that a token stays small. */
const maxTokenText = 200;

function toToken(name: string, value: OwnValue): string {
  const isLong = typeof value === 'string' && value.length > maxTokenText;
  const written = isLong ? `#${createHash('sha256').update(value).digest('hex')}` : JSON.stringify(value);
  return `${JSON.stringify(name)}${written}`;
}

/** The predicate of a condition on an own field, which is true or false, never null. Pure. */
export function compileOwnCondition(condition: OwnCondition): string {
  const name = ownNameOf(condition.field);
  switch (condition.operator) {
    case 'exists':
      return negateIf(!condition.value, hasAnyToken([JSON.stringify(name)]));
    case 'contains':
      return isTrue(
        `contains(${at('own_texts', 'own_text_names', name)}, ${quoteText(toContainsText(condition.value))})`,
      );
    case 'equals':
    case 'not_equals':
      return negateIf(condition.operator === 'not_equals', isOneOf(name, [condition.value]));
    case 'in':
    case 'not_in':
      return negateIf(condition.operator === 'not_in', isOneOf(name, condition.value));
    default:
      return negateIf(condition.isNegated ?? false, compileRange(name, condition.operator, condition.value));
  }
}

function isOneOf(name: string, values: readonly OwnValue[]): string {
  return hasAnyToken(values.map((value) => toToken(name, toComparable(value))));
}

function hasAnyToken(tokens: readonly string[]): string {
  const [token, second] = tokens;
  if (token === undefined) return 'false';
  if (second === undefined) return `array_has(own_values, ${quoteText(token)})`;
  return `array_has_any(own_values, make_array(${tokens.map(quoteText).join(', ')}))`;
}

const rangeOperators = {
  greater_than: ['own_highest', '>'],
  greater_than_or_equal: ['own_highest', '>='],
  less_than: ['own_lowest', '<'],
  less_than_or_equal: ['own_lowest', '<='],
} as const satisfies Record<OrderOperator, readonly [keyof OwnColumns, string]>;

function compileRange(name: string, operator: OrderOperator, bound: number | Date): string {
  const [column, sign] = rangeOperators[operator];
  const number = Number(bound);
  if (Number.isNaN(number)) return 'false';
  const key = `${JSON.stringify(name)}${bound instanceof Date ? 'i' : 'n'}`;
  return isTrue(`${at(column, 'own_range_names', key)} ${sign} ${quoteNumber(number)}`);
}

/** The value of a name in lists side by side; null where it is not there. */
function at(column: keyof OwnColumns, names: keyof OwnColumns, name: string): string {
  return `array_element(${column}, CAST(array_position(${names}, ${quoteText(name)}) AS BIGINT))`;
}

function isTrue(predicate: string): string {
  return `coalesce(${predicate}, false)`;
}

function negateIf(isNegated: boolean, predicate: string): string {
  return isNegated ? `(NOT ${predicate})` : predicate;
}
