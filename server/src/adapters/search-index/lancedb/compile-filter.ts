import {
  type AccessField,
  type BreadcrumbField,
  type ComparisonOperator,
  type Condition,
  type DateField,
  type Filter,
  isOwnCondition,
  type NumberField,
  type OwnCondition,
  type TextField,
} from '../../../core/search/filter.ts';
import { compileOwnCondition } from './own-columns.ts';
import { isOneOf, quoteInteger, quoteText } from './sql.ts';

const textColumns = {
  entity_id: 'chunk_entity_id',
  name: 'name',
  'airweave_system_metadata.entity_type': 'entity_type',
  'airweave_system_metadata.source_name': 'source_name',
  'airweave_system_metadata.original_entity_id': 'entity_id',
  'airweave_system_metadata.sync_id': 'sync_id',
  'airweave_system_metadata.sync_job_id': 'sync_job_id',
} as const satisfies Partial<Record<TextField, string>>;

const listColumns = {
  'breadcrumbs.entity_id': 'breadcrumb_ids',
  'breadcrumbs.name': 'breadcrumb_names',
  'breadcrumbs.entity_type': 'breadcrumb_types',
} as const satisfies Record<BreadcrumbField, string>;

const orderedColumns = {
  created_at: 'created_at',
  updated_at: 'updated_at',
  'airweave_system_metadata.chunk_index': 'chunk_index',
} as const satisfies Record<DateField | NumberField, string>;

const accessColumns = {
  'access.viewers': 'viewers',
  'access.is_public': 'is_public',
} as const satisfies Record<AccessField, string>;

const sqlOperators = {
  equals: '=',
  not_equals: '<>',
  greater_than: '>',
  less_than: '<',
  greater_than_or_equal: '>=',
  less_than_or_equal: '<=',
} as const satisfies Record<ComparisonOperator, string>;

/** Joins breadcrumbs for `contains`; a control character that no needle may hold, or it would match across two of them. */
const separator = '\u001f';

/** The predicate of a filter in the engine's SQL; a group is an AND, the filter their OR. Pure. */
export function compileFilter(filter: Filter): string {
  return filter.map((group) => `(${group.map(compileCondition).join(' AND ')})`).join(' OR ');
}

function compileCondition(condition: Condition): string {
  if (isOwnCondition(condition)) return compileOwnCondition(condition);
  if (condition.operator === 'exists') return compileExists(condition.field, condition.value);
  if (isTextCondition(condition)) {
    const { field } = condition;
    return field in listColumns
      ? compileList(listColumns[field as keyof typeof listColumns], condition)
      : compileText(textColumns[field as keyof typeof textColumns], condition);
  }
  const column = { ...orderedColumns, ...accessColumns }[condition.field];
  if (condition.field === 'access.is_public') {
    return compareNumber(column, condition.operator, Number(condition.value));
  }
  if (condition.field === 'access.viewers') {
    const isAny = hasAny(column, condition.value);
    return condition.operator === 'in' ? isAny : `(${column} IS NULL OR NOT ${isAny})`;
  }
  switch (condition.operator) {
    case 'in':
      return isOneOfNumbers(column, condition.value.map(Number));
    case 'not_in':
      return `(${column} IS NULL OR NOT (${isOneOfNumbers(column, condition.value.map(Number))}))`;
    default:
      return compareNumber(column, condition.operator, Number(condition.value));
  }
}

type ExistsField = Exclude<Extract<Condition, { readonly operator: 'exists' }>, OwnCondition>['field'];

function compileExists(field: ExistsField, isWanted: boolean): string {
  // The length of an empty list is null to some versions of the engine and 0 to others.
  if (field in listColumns) {
    const isAny = `coalesce(array_length(${listColumns[field as BreadcrumbField]}), 0) > 0`;
    return isWanted ? isAny : `NOT (${isAny})`;
  }
  const column = { ...orderedColumns, ...accessColumns }[field as DateField | AccessField];
  return `${column} IS ${isWanted ? 'NOT NULL' : 'NULL'}`;
}

type TextCondition = Extract<Condition, { readonly field: TextField }>;

function isTextCondition(condition: Exclude<Condition, { readonly operator: 'exists' }>): condition is TextCondition {
  return condition.field in textColumns || condition.field in listColumns;
}

function compileText(column: string, condition: TextCondition): string {
  switch (condition.operator) {
    case 'equals':
      return `${column} = ${quoteText(condition.value)}`;
    case 'not_equals':
      return `${column} <> ${quoteText(condition.value)}`;
    case 'contains':
      return `contains(lower(${column}), ${quoteText(condition.value.toLowerCase())})`;
    case 'in':
      return isOneOf(column, condition.value);
    case 'not_in':
      return condition.value.length === 0 ? 'true' : `NOT (${isOneOf(column, condition.value)})`;
  }
}

/** Any breadcrumb may match; the negative operators are the negations of the positive ones: no breadcrumb does. */
function compileList(column: string, condition: TextCondition): string {
  switch (condition.operator) {
    case 'equals':
      return hasAny(column, [condition.value]);
    case 'not_equals':
      return `NOT ${hasAny(column, [condition.value])}`;
    case 'contains':
      if (condition.value.includes(separator)) return 'false';
      if (condition.value === '') return `array_length(${column}) > 0`;
      return `contains(lower(array_to_string(${column}, ${quoteText(separator)})), ${quoteText(condition.value.toLowerCase())})`;
    case 'in':
      return hasAny(column, condition.value);
    case 'not_in':
      return condition.value.length === 0 ? 'true' : `NOT ${hasAny(column, condition.value)}`;
  }
}

/** Whether a list column holds any of the values. */
export function hasAny(column: string, values: readonly string[]): string {
  return values.length === 0 ? 'false' : `array_has_any(${column}, make_array(${values.map(quoteText).join(', ')}))`;
}

function isOneOfNumbers(column: string, values: readonly number[]): string {
  const literals = values.filter(Number.isSafeInteger).map(quoteInteger);
  return literals.length === 0 ? 'false' : `${column} IN (${literals.join(', ')})`;
}

/** Columns are integers, so a fraction is compared through its neighbours and never equals; NaN (a bad date) matches nothing. */
function compareNumber(column: string, operator: ComparisonOperator, value: number): string {
  if (operator === 'not_equals') {
    return Number.isSafeInteger(value) ? `(${column} IS NULL OR ${column} <> ${quoteInteger(value)})` : 'true';
  }
  if (Number.isNaN(value)) return 'false';
  if (Number.isSafeInteger(value)) return `${column} ${sqlOperators[operator]} ${quoteInteger(value)}`;
  if (operator === 'equals') return 'false';
  const bound = Math.min(Math.max(Math.floor(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  const isGreater = operator === 'greater_than' || operator === 'greater_than_or_equal';
  return `${column} ${isGreater ? '>' : '<='} ${quoteInteger(bound)}`;
}
