import { AppError } from '../shared/index.ts';
import { readBound } from './compile-own-condition.ts';
import {
  accessFields,
  type BreadcrumbField,
  type DateField,
  dateFields,
  type NumberField,
  numberFields,
  type TextField,
  textFields,
} from './filter.ts';
import { allOf, anyOf, complementOf, everything, type Groups, type Negatable, nothing } from './filter-algebra.ts';
import { nearestName } from './nearest-name.ts';
import { isOwnField, maxOwnNameLength, ownFieldPrefix } from './own-fields.ts';
import { parseInstant } from './parse-instant.ts';

export interface ClauseContext {
  /** What the collection that is searched may be called by in a condition on `collection_id`. */
  readonly collectionIds: readonly string[];
}

const systemPrefix = 'airweave_system_metadata.';
/** A field by each of its names: with the prefix of the index, that of the older results, and none. */
const fieldsByName: ReadonlyMap<string, string> = new Map(
  [...textFields, ...dateFields, ...numberFields, ...accessFields, `${systemPrefix}collection_id`].flatMap(
    (field): (readonly [string, string])[] => {
      if (!field.startsWith(systemPrefix)) return [[field, field]];
      const short = field.slice(systemPrefix.length);
      return [short, `system_metadata.${short}`, field].map((name) => [name, field] as const);
    },
  ),
);

/** How the older results, and the others, show the sources' own fields. */
const ownPrefixes = ['source_fields.', ownFieldPrefix] as const;

const operators = ['match', 'range', 'is_null', 'is_empty', 'values_count'] as const;
/** Every key that a condition may have. */
export const conditionKeys = ['key', ...operators, 'has_id', 'nested'] as const;
const matchKeys = ['value', 'any', 'except'] as const;
const bounds = {
  gt: 'greater_than',
  gte: 'greater_than_or_equal',
  lt: 'less_than',
  lte: 'less_than_or_equal',
} as const;

export function isConditionKey(key: string): boolean {
  return (conditionKeys as readonly string[]).includes(key);
}

type Written = Readonly<Record<string, unknown>>;

/**
 * One condition of the older filter, or its complement.
 *
 * @throws AppError('unprocessable')
 */
export function parseClauseCondition(
  written: Written,
  path: string,
  context: ClauseContext,
  isNegated: boolean,
): Groups {
  checkNames(Object.keys(written), conditionKeys, path, 'a condition');
  if (written.has_id !== undefined) return parseIds(written.has_id, path, isNegated);
  if (written.nested !== undefined) return parseNested(written.nested, path, context, isNegated);
  const field = readField(written.key, path);
  const parts = operators
    .filter((operator) => written[operator] !== undefined && written[operator] !== null)
    .map((operator) => parseOperator(field, operator, written[operator], path, context));
  if (parts.length === 0) throw refuse(path, `field '${field}' needs one of ${quoteAll(operators)}`);
  const conditions = parts.flat();
  return isNegated ? anyOf(conditions.map(negate)) : allOf(conditions.map(toGroups));
}

/** What an operator becomes: conditions that all have to hold, or true or false where the answer is known before. */
type Part = Negatable | boolean;

function toGroups(part: Part): Groups {
  if (typeof part === 'boolean') return part ? everything : nothing;
  return [[part]];
}

function negate(part: Part): Groups {
  return typeof part === 'boolean' ? toGroups(!part) : complementOf(part);
}

function readField(key: unknown, path: string): string {
  if (typeof key !== 'string') throw refuse(path, "a condition needs a 'key', the name of a field");
  const field = fieldsByName.get(key) ?? readOwnField(key, path);
  if (field !== undefined) return field;
  const names = [...fieldsByName.keys()].filter((name) => !name.includes('system_metadata.'));
  const nearest = nearestName(key, names);
  const meant = nearest === undefined ? '' : `, did you mean '${nearest}'?`;
  throw refuse(
    path,
    `'${key.slice(0, 50)}' is not a filter field${meant === '' ? '.' : meant} Fields are ${quoteAll(names)}, and 'source_fields.' with the name of one of the source's own fields`,
  );
}

function readOwnField(key: string, path: string): string | undefined {
  const prefix = ownPrefixes.find((name) => key.startsWith(name) && key.length > name.length);
  if (prefix === undefined) return undefined;
  const name = key.slice(prefix.length);
  if (name.length > maxOwnNameLength) {
    throw refuse(path, `the name of one of the source's own fields has at most ${maxOwnNameLength} characters`);
  }
  return `${ownFieldPrefix}${name}`;
}

/**
 * A condition on the entries of a list, such as breadcrumbs, is one on the entries' field, which holds when any entry matches. Two
 * conditions that have to hold for the same entry cannot be said.
 */
function parseNested(nested: unknown, path: string, context: ClauseContext, isNegated: boolean): Groups {
  const help = `'nested' takes {"key": "breadcrumbs", "filter": {"must": [condition]}} with one condition; or ask for the field itself, such as 'breadcrumbs.name', which holds when any entry matches`;
  if (!isObject(nested) || typeof nested.key !== 'string' || !isObject(nested.filter)) throw refuse(path, help);
  checkNames(Object.keys(nested), ['key', 'filter'], path, "'nested'");
  const [[clause, list] = [], second] = Object.entries(nested.filter);
  const [condition, other] = Array.isArray(list) ? list : [];
  const isOne =
    second === undefined &&
    other === undefined &&
    isObject(condition) &&
    typeof condition.key === 'string' &&
    condition.nested === undefined;
  if (!isOne || (clause !== 'must' && clause !== 'should')) throw refuse(path, help);
  const key = `${nested.key.replace(/\[\]$/, '')}.${condition.key}`;
  return parseClauseCondition({ ...condition, key }, `${path}.nested`, context, isNegated);
}

function parseOperator(
  field: string,
  operator: (typeof operators)[number],
  value: unknown,
  path: string,
  context: ClauseContext,
): readonly Part[] {
  switch (operator) {
    case 'match':
      return [parseMatch(field, value, path, context)];
    case 'range':
      return parseRange(field, value, path);
    case 'is_null':
    case 'is_empty':
      if (typeof value !== 'boolean') throw refuse(path, `'${operator}' of field '${field}' should be true or false`);
      return [isMissing(field, value)];
    case 'values_count':
      throw refuse(path, `'values_count' is not supported; ask whether field '${field}' has a value with 'is_null'`);
  }
}

function isMissing(field: string, wanted: boolean): Part {
  if (isDate(field) || isAccess(field) || isBreadcrumb(field) || isOwnField(field))
    return { field, operator: 'exists', value: !wanted };
  // Everything else has a value in every document.
  return !wanted;
}

function parseMatch(field: string, value: unknown, path: string, context: ClauseContext): Part {
  if (!isObject(value))
    throw refuse(path, `'match' of field '${field}' should be an object with one of ${quoteAll(matchKeys)}`);
  checkNames(Object.keys(value), matchKeys, path, `'match' of field '${field}'`);
  const [name, second] = matchKeys.filter((key) => value[key] !== undefined);
  if (name === undefined || second !== undefined) {
    throw refuse(path, `'match' of field '${field}' needs exactly one of ${quoteAll(matchKeys)}`);
  }
  const list = name === 'value' ? [value.value] : value[name];
  if (!Array.isArray(list)) throw refuse(path, `'match.${name}' of field '${field}' should be a list`);
  const operator = name === 'except' ? 'not_in' : 'in';
  if (isOwnField(field)) return { field, operator, value: list.map((item) => readValue(item, field, path)) };
  if (isText(field)) return { field, operator, value: list.map((item) => readText(item, field, path)) };
  if (isDate(field)) return { field, operator, value: list.map((item) => readDate(item, field, path)) };
  if (isNumber(field)) return { field, operator, value: list.map((item) => readNumber(item, field, path)) };
  const texts = list.map((item) => readText(item, field, path));
  if (field === 'access.viewers') return { field, operator, value: texts };
  if (field === 'access.is_public') return matchFlag(list, operator, path);
  return texts.some((text) => context.collectionIds.includes(text)) === (operator === 'in');
}

function matchFlag(list: readonly unknown[], operator: 'in' | 'not_in', path: string): Part {
  const flags = new Set(list);
  if ([...flags].some((flag) => typeof flag !== 'boolean')) {
    throw refuse(path, "field 'access.is_public' is compared with true or false");
  }
  if (flags.size === 0) return operator === 'not_in';
  if (flags.size === 2) return { field: 'access.is_public', operator: 'exists', value: operator === 'in' };
  return {
    field: 'access.is_public',
    operator: operator === 'in' ? 'equals' : 'not_equals',
    value: flags.has(true),
  };
}

function parseRange(field: string, value: unknown, path: string): readonly Part[] {
  if (!isObject(value))
    throw refuse(path, `'range' of field '${field}' should be an object with ${quoteAll(Object.keys(bounds))}`);
  checkNames(Object.keys(value), Object.keys(bounds), path, `'range' of field '${field}'`);
  if (!isDate(field) && !isNumber(field) && !isOwnField(field)) {
    throw refuse(path, `field '${field}' has no order; use 'match', or a range of ${quoteAll(dateFields)}`);
  }
  const given = Object.entries(bounds).filter(([name]) => value[name] !== undefined && value[name] !== null);
  if (given.length === 0)
    throw refuse(path, `'range' of field '${field}' needs one of ${quoteAll(Object.keys(bounds))}`);
  return given.map(([name, operator]): Negatable => {
    if (isDate(field)) return { field, operator, value: readDate(value[name], field, path) };
    if (isNumber(field)) return { field, operator, value: readNumber(value[name], field, path) };
    const bound = readBound(value[name]);
    if (typeof bound === 'string') throw refuse(path, `field '${shorten(field)}' ${bound}`);
    return { field, operator, value: bound };
  });
}

/** Ids of passages or of their entities: both are called entity ids. */
function parseIds(value: unknown, path: string, isNegated: boolean): Groups {
  if (!Array.isArray(value)) throw refuse(path, "'has_id' should be a list of entity ids");
  const ids = value.map((id) => readText(id, 'has_id', path));
  const operator = isNegated ? 'not_in' : 'in';
  const conditions = (['entity_id', `${systemPrefix}original_entity_id`] as const).map(
    (field): Groups => [[{ field, operator, value: ids }]],
  );
  return isNegated ? allOf(conditions) : anyOf(conditions);
}

function readValue(value: unknown, field: string, path: string): string | number | boolean {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw refuse(path, `field '${shorten(field)}' is compared with text, numbers, true or false`);
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function readText(value: unknown, field: string, path: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw refuse(path, `field '${field}' is compared with text, numbers, true or false`);
}

function readDate(value: unknown, field: string, path: string): Date {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  if (instant !== undefined) return instant;
  throw refuse(path, `field '${field}' is compared with ISO 8601 dates such as '2026-01-31' or '2026-01-31T09:30:00Z'`);
}

function readNumber(value: unknown, field: string, path: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw refuse(path, `field '${field}' is compared with numbers`);
}

function checkNames(written: readonly string[], names: readonly string[], path: string, what: string): void {
  const unknown = written.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, names);
  const meant = nearest === undefined ? '.' : `, did you mean '${nearest}'?`;
  throw refuse(path, `'${unknown.slice(0, 50)}' is not part of ${what}${meant} It may have ${quoteAll(names)}`);
}

function refuse(path: string, problem: string): AppError {
  return new AppError('unprocessable', `Invalid filter: '${path}': ${problem}.`);
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

function isObject(value: unknown): value is Written {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function isText(field: string): field is TextField {
  return (textFields as readonly string[]).includes(field);
}

function isBreadcrumb(field: string): field is BreadcrumbField {
  return field.startsWith('breadcrumbs.');
}

function isDate(field: string): field is DateField {
  return (dateFields as readonly string[]).includes(field);
}

function isNumber(field: string): field is NumberField {
  return (numberFields as readonly string[]).includes(field);
}

function isAccess(field: string): field is (typeof accessFields)[number] {
  return (accessFields as readonly string[]).includes(field);
}
