import type { z } from 'zod';
import type { Problem } from './problem.ts';

type Issue = z.core.$ZodIssue;
const expectsInteger = 'expects an integer';

/**
 * To be given to `parse` as its `error`: zod says `expected number` to a text where it wants an integer, and drops the schema
 * that would tell, so the difference is kept as the issue's message.
 */
export const markIntegers: z.core.$ZodErrorMap = ({ code, inst }) =>
  code === 'invalid_type' && inst !== undefined && 'format' in inst._zod.def && inst._zod.def.format === 'safeint'
    ? expectsInteger
    : undefined;

type Wording = readonly [type: string, msg: string];

/**
 * Says what a zod issue means in the words of Pydantic v2.
 *
 * @param issue   as zod reports it
 * @param input   the whole value as the client sent it, before `coerceInput`: the wording depends on it
 * @param prefix  where the value stood: `['body']`, `['query']`
 */
export function describeIssue(issue: Issue, input: unknown, prefix: readonly (string | number)[]): readonly Problem[] {
  const path = issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment));
  const loc = [...prefix, ...path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      loc: [...loc, key],
      msg: 'Extra inputs are not permitted',
      type: 'extra_forbidden',
    }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const inner = valueAt(input, path);
    if (inner === undefined) return [{ loc, msg: 'Field required', type: 'missing' }];
    return issue.errors.flat().flatMap((nested) => describeIssue(nested, inner, loc));
  }
  const [type, msg] = word(issue, valueAt(input, path));
  return [{ loc, msg, type }];
}

function word(issue: Issue, value: unknown): Wording {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined
        ? ['missing', 'Field required']
        : wordType(issue.message === expectsInteger ? 'int' : issue.expected, value);
    case 'invalid_value':
      return value === undefined ? ['missing', 'Field required'] : wordChoice(issue.values);
    case 'too_small':
      return wordTooSmall(issue, value);
    case 'too_big':
      return wordTooBig(issue, value);
    case 'invalid_format':
      return wordFormat(issue);
    case 'not_multiple_of':
      return ['multiple_of', `Input should be a multiple of ${issue.divisor}`];
    case 'invalid_union':
      return ['union_tag_invalid', 'Input does not match any of the expected variants'];
    default:
      return ['value_error', `Value error, ${issue.message}`];
  }
}

function wordType(expected: string, value: unknown): Wording {
  const isText = typeof value === 'string';
  switch (expected) {
    case 'string':
      return ['string_type', 'Input should be a valid string'];
    case 'int':
      if (isText) return ['int_parsing', 'Input should be a valid integer, unable to parse string as an integer'];
      if (Number.isFinite(value)) {
        return ['int_from_float', 'Input should be a valid integer, got a number with a fractional part'];
      }
      return ['int_type', 'Input should be a valid integer'];
    case 'number':
      if (isText) return ['float_parsing', 'Input should be a valid number, unable to parse string as a number'];
      return ['float_type', 'Input should be a valid number'];
    case 'boolean':
      if (isText) return ['bool_parsing', 'Input should be a valid boolean, unable to interpret input'];
      return ['bool_type', 'Input should be a valid boolean'];
    case 'array':
      return ['list_type', 'Input should be a valid list'];
    case 'record':
      return ['dict_type', 'Input should be a valid dictionary'];
    case 'object':
      return ['model_attributes_type', 'Input should be a valid dictionary or object to extract fields from'];
    default:
      return ['value_error', `Value error, expected ${expected}`];
  }
}

function wordChoice(values: readonly unknown[]): Wording {
  const quoted = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)));
  const last = quoted.at(-1) ?? '';
  const list = quoted.length < 2 ? last : `${quoted.slice(0, -1).join(', ')} or ${last}`;
  return [quoted.length < 2 ? 'literal_error' : 'enum', `Input should be ${list}`];
}

function wordTooSmall(issue: z.core.$ZodIssueTooSmall, value: unknown): Wording {
  const minimum = Number(issue.minimum);
  if (issue.origin === 'string') {
    return ['string_too_short', `String should have at least ${minimum} ${plural(minimum, 'character')}`];
  }
  if (issue.origin === 'array' || issue.origin === 'set') {
    const found = `List should have at least ${minimum} ${plural(minimum, 'item')} after validation, not ${sizeOf(value)}`;
    return ['too_short', found];
  }
  return issue.inclusive
    ? ['greater_than_equal', `Input should be greater than or equal to ${issue.minimum}`]
    : ['greater_than', `Input should be greater than ${issue.minimum}`];
}

function wordTooBig(issue: z.core.$ZodIssueTooBig, value: unknown): Wording {
  const maximum = Number(issue.maximum);
  if (issue.origin === 'string') {
    return ['string_too_long', `String should have at most ${maximum} ${plural(maximum, 'character')}`];
  }
  if (issue.origin === 'array' || issue.origin === 'set') {
    const found = `List should have at most ${maximum} ${plural(maximum, 'item')} after validation, not ${sizeOf(value)}`;
    return ['too_long', found];
  }
  return issue.inclusive
    ? ['less_than_equal', `Input should be less than or equal to ${issue.maximum}`]
    : ['less_than', `Input should be less than ${issue.maximum}`];
}

function wordFormat(issue: z.core.$ZodIssueInvalidStringFormat): Wording {
  switch (issue.format) {
    case 'uuid':
    case 'guid':
      return ['uuid_parsing', 'Input should be a valid UUID, 32 hexadecimal digits with or without hyphens'];
    case 'email':
      return ['value_error', 'value is not a valid email address'];
    case 'url':
      return ['url_parsing', 'Input should be a valid URL'];
    case 'datetime':
      return ['datetime_parsing', 'Input should be a valid datetime in RFC 3339 format'];
    case 'date':
      return ['date_parsing', 'Input should be a valid date in the format YYYY-MM-DD'];
    case 'regex':
      return ['string_pattern_mismatch', `String should match pattern '${toPattern(issue.pattern)}'`];
    default:
      return ['value_error', `Value error, ${issue.message}`];
  }
}

/** zod prints a regular expression with its slashes and flags. */
function toPattern(printed: string | undefined): string {
  return (printed ?? '').replace(/^\/(.*)\/[a-z]*$/s, '$1');
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}

function sizeOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

function valueAt(input: unknown, path: readonly (string | number)[]): unknown {
  let value = input;
  for (const segment of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}
