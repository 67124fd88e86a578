import { z } from 'zod';
import { compileOwnCondition } from './compile-own-condition.ts';
import {
  type BreadcrumbField,
  type ComparisonOperator,
  type Condition,
  type DateField,
  dateFields,
  type Filter,
  type NumberField,
  numberFields,
  type OwnField,
  orderOperators,
  type TextField,
  textFields,
} from './filter.ts';
import { nearestName } from './nearest-name.ts';
import { isOwnField, maxOwnNameLength, ownFieldPrefix } from './own-fields.ts';
import { parseInstant } from './parse-instant.ts';

const fields = [...textFields, ...dateFields, ...numberFields] as const;
const listOperators = ['in', 'not_in'] as const;
const operators = ['equals', 'not_equals', 'contains', ...orderOperators, ...listOperators, 'exists'] as const;

/** Bounds on what one request may ask of the index; nobody writes such filters by hand. */
const maxGroups = 100;
const maxConditions = 100;
const maxValues = 10_000;

/** Like an enum, but says what was probably meant. */
function oneOf<const Name extends string>(what: string, names: readonly Name[]) {
  return z
    .string()
    .meta({ enum: [...names] })
    .transform((written, context): Name => {
      const name = names.find((known) => known === written);
      if (name !== undefined) return name;
      context.issues.push({ code: 'custom', message: describeUnknown(what, written, names), input: written });
      return z.NEVER;
    });
}

const field = z
  .string()
  .meta({
    anyOf: [{ enum: [...fields] }, { pattern: '^raw_source_fields[.].+' }],
    description: `A field of every document, or '${ownFieldPrefix}' and the name of one of the source's own fields; \`object.field\` for the field of an object.`,
  })
  .transform((written, context): (typeof fields)[number] | OwnField => {
    const known = fields.find((name) => name === written);
    if (known !== undefined) return known;
    if (isOwnField(written) && written.length <= ownFieldPrefix.length + maxOwnNameLength) return written;
    context.issues.push({ code: 'custom', message: describeUnknownField(written), input: written });
    return z.NEVER;
  });

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const FilterCondition = z
  .object({
    field,
    operator: oneOf('operator', operators).meta({
      enum: [...operators],
      description:
        '`contains` looks into text, in any case; `in` and `not_in` take a list; those of order are for numbers and dates; `exists` takes true or false, for own fields, dates and breadcrumbs.',
    }),
    value: z
      .union([scalar, z.array(scalar).max(maxValues)], {
        error: (issue) => (issue.input === undefined ? 'Field required' : describeValueTypes),
      })
      .meta({
        description:
          'Dates are ISO 8601, in UTC where they have no offset. Own fields compare by JSON type, and a list matches when any element does.',
      }),
  })
  .transform((condition, context): Condition => {
    const compiled = compileCondition(condition);
    if (typeof compiled !== 'string') return compiled;
    context.issues.push({
      code: 'custom',
      message: `Field '${shorten(condition.field)}', operator '${condition.operator}': ${compiled}`,
      input: condition.value,
      path: ['value'],
    });
    return z.NEVER;
  });

const FilterGroup = z
  .object({ conditions: z.array(FilterCondition).min(1).max(maxConditions) })
  .meta({ description: 'Conditions that all have to hold.' });

/**
 * The filter of the tiered searches as the API has it: groups joined by OR, their conditions by AND. Parses to the
 * index's `Filter`; no groups, or null, filter nothing and parse to undefined.
 */
export const FilterGroups = z
  .array(FilterGroup)
  .max(maxGroups)
  .refine((groups) => countValues(groups) <= maxValues, {
    error: `A filter may have at most ${maxValues} values in all; search in several calls instead`,
  })
  .nullish()
  .transform((groups): Filter | undefined =>
    groups === null || groups === undefined || groups.length === 0
      ? undefined
      : groups.map((group) => group.conditions),
  );

function countValues(groups: readonly z.output<typeof FilterGroup>[]): number {
  return groups
    .flatMap((group) => group.conditions)
    .reduce((sum, { value }) => sum + (Array.isArray(value) ? value.length : 1), 0);
}

const describeValueTypes = 'Input should be a string, an integer, a boolean, a list of strings or a list of integers';

export interface WrittenCondition {
  readonly field: (typeof fields)[number] | OwnField;
  readonly operator: (typeof operators)[number];
  readonly value: string | number | boolean | readonly (string | number | boolean)[];
}

/** The condition in the index's language, or what is wrong with it. */
function compileCondition({ field, operator, value }: WrittenCondition): Condition | string {
  if (isOwnField(field)) return compileOwnCondition(field, operator, value);
  if (operator === 'exists') return compileExists(field, value);
  if (!isPlainValue(value)) return describeValueTypes;
  if (isTextField(field)) return compileText(field, operator, value);
  if (operator === 'contains')
    return "'contains' looks into text only; compare with 'equals' or 'greater_than' instead";
  return isDateField(field)
    ? compileTyped(operator, value, toDate, (compared) => ({ field, ...compared }))
    : compileTyped(operator, value, toNumber, (compared) => ({ field, ...compared }));
}

function compileExists(
  field: TextField | DateField | NumberField,
  value: WrittenCondition['value'],
): Condition | string {
  if (!isDateField(field) && !isBreadcrumbField(field)) return 'every document has this field; leave the condition out';
  return typeof value === 'boolean' ? { field, operator: 'exists', value } : 'needs true or false';
}

/** A value of the fields that every document has. */
type PlainValue = string | number | boolean | readonly string[] | readonly number[];

function isPlainValue(value: WrittenCondition['value']): value is PlainValue {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'object') return true;
  return value.every((item) => typeof item === 'string') || value.every((item) => Number.isSafeInteger(item));
}

type PlainOperator = Exclude<WrittenCondition['operator'], 'exists'>;

function compileText(field: TextField, operator: PlainOperator, value: PlainValue): Condition | string {
  if (isListOperator(operator)) {
    const list = toList(value);
    return typeof list === 'string' ? list : { field, operator, value: list.map(String) };
  }
  if (isOrderOperator(operator)) {
    return "text has no order here; use 'equals', 'not_equals', 'contains', 'in' or 'not_in'";
  }
  if (Array.isArray(value)) return needsScalar;
  return { field, operator, value: String(value) };
}

type Compared<Value> =
  | { readonly operator: ComparisonOperator; readonly value: Value }
  | { readonly operator: 'in' | 'not_in'; readonly value: readonly Value[] };

/** Dates and numbers: the same operators, another reading of the value. `read` gives a text when it cannot. */
function compileTyped<Value extends Date | number>(
  operator: ComparisonOperator | 'in' | 'not_in',
  value: PlainValue,
  read: (value: unknown) => Value | string,
  build: (compared: Compared<Value>) => Condition,
): Condition | string {
  if (isListOperator(operator)) {
    const list = toList(value);
    if (typeof list === 'string') return list;
    const values: Value[] = [];
    for (const item of list) {
      const result = read(item);
      if (typeof result === 'string') return result;
      values.push(result);
    }
    return build({ operator, value: values });
  }
  if (Array.isArray(value)) return needsScalar;
  const result = read(value);
  return typeof result === 'string' ? result : build({ operator, value: result });
}

const needsScalar = "a list needs 'in' or 'not_in'; give a single value";

/** A single string is a list of one, an empty one a list of none. */
function toList(value: PlainValue): readonly (string | number)[] | string {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value === 'number' || typeof value === 'boolean' ? 'needs a list of strings or integers' : value;
}

function toDate(value: unknown): Date | string {
  const instant = typeof value === 'string' ? parseInstant(value.replace(/^(["'])(.*)\1$/, '$2')) : undefined;
  return instant ?? `${quote(value)} is not an ISO 8601 date such as '2026-01-31' or '2026-01-31T09:30:00Z'`;
}

function toNumber(value: unknown): number | string {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^\s*[+-]?\d{1,15}(\.\d{1,15})?\s*$/.test(value)) return Number(value);
  return `${quote(value)} is not a number`;
}

function quote(value: unknown): string {
  const text = String(value);
  return `'${text.length > 50 ? `${text.slice(0, 50)}…` : text}'`;
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** What clients call the sources' own fields elsewhere. */
const ownFieldAliases = ['raw_source_fields', 'source_fields', 'custom_fields', 'metadata', 'fields'] as const;

function describeUnknownField(written: string): string {
  if (isOwnField(written)) return `The name of an own field has at most ${maxOwnNameLength} characters`;
  const dot = written.indexOf('.');
  if (dot > 0 && dot < written.length - 1 && nearestName(written.slice(0, dot), ownFieldAliases) !== undefined) {
    const meant = `${ownFieldPrefix}${written.slice(dot + 1)}`;
    return `${quote(written)} is not a filter field, did you mean ${quote(meant)}?`;
  }
  const own = `, or '${ownFieldPrefix}' and the name of one of the source's own fields`;
  return `${describeUnknown('field', written, fields)}${own}`;
}

function describeUnknown(what: string, written: string, names: readonly string[]): string {
  const nearest = nearestName(written, names);
  const meant = nearest === undefined ? '.' : `, did you mean '${nearest}'?`;
  const choices = names.map((name) => `'${name}'`);
  return `${quote(written)} is not a filter ${what}${meant} Input should be ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}

function isTextField(field: string): field is TextField {
  return (textFields as readonly string[]).includes(field);
}

function isBreadcrumbField(field: string): field is BreadcrumbField {
  return field.startsWith('breadcrumbs.');
}

function isDateField(field: string): field is DateField {
  return (dateFields as readonly string[]).includes(field);
}

function isListOperator(operator: string): operator is (typeof listOperators)[number] {
  return (listOperators as readonly string[]).includes(operator);
}

function isOrderOperator(operator: string): operator is (typeof orderOperators)[number] {
  return (orderOperators as readonly string[]).includes(operator);
}
