import {
  type ComparisonOperator,
  type Condition,
  type DateField,
  type Filter,
  isOwnCondition,
  type NumberField,
  type OwnCondition,
  type TextField,
} from '../../../core/search/filter.ts';
import { containsPattern, foldText, toTerm } from './indexed-text.ts';
import { compileOwnCondition } from './own-terms.ts';
import { allOf, anyOf, anyTerm, everything, hasValue, not, nothing, type Query } from './query.ts';

const textColumns = {
  entity_id: 'chunk_entity_id',
  name: 'name',
  'breadcrumbs.entity_id': 'breadcrumb_ids',
  'breadcrumbs.name': 'breadcrumb_names',
  'breadcrumbs.entity_type': 'breadcrumb_types',
  'airweave_system_metadata.entity_type': 'entity_type',
  'airweave_system_metadata.source_name': 'source_name',
  'airweave_system_metadata.original_entity_id': 'entity_id',
  'airweave_system_metadata.sync_id': 'sync_id',
  'airweave_system_metadata.sync_job_id': 'sync_job_id',
} as const satisfies Record<TextField, string>;

const orderedColumns = {
  created_at: 'created_at',
  updated_at: 'updated_at',
  'airweave_system_metadata.chunk_index': 'chunk_index',
} as const satisfies Record<DateField | NumberField, string>;

type ExistsCondition = Exclude<Extract<Condition, { readonly operator: 'exists' }>, OwnCondition>;

/** Where there is a value. */
const presence: Readonly<Record<ExistsCondition['field'], Query>> = {
  created_at: hasValue('created_at'),
  updated_at: hasValue('updated_at'),
  // An empty list of viewers is one, which the engine does not tell from none.
  'access.viewers': anyTerm('is_restricted', ['true']),
  'access.is_public': hasValue('is_public'),
  'breadcrumbs.entity_id': hasValue('breadcrumb_ids'),
  'breadcrumbs.name': hasValue('breadcrumb_names'),
  'breadcrumbs.entity_type': hasValue('breadcrumb_types'),
};

/** The query of a filter; a group is an AND, the filter their OR. Pure. */
export function compileFilter(filter: Filter): Query {
  return anyOf(filter.map((group) => allOf(group.map(compileCondition))));
}

function compileCondition(condition: Condition): Query {
  if (isOwnCondition(condition)) return compileOwnCondition(condition);
  if (condition.operator === 'exists') return negateIf(!condition.value, presence[condition.field]);
  if (isTextCondition(condition)) return compileText(textColumns[condition.field], condition);
  if (condition.field === 'access.viewers') {
    return negateIf(condition.operator === 'not_in', anyTerm('viewers', condition.value.map(toTerm)));
  }
  if (condition.field === 'access.is_public') {
    return negateIf(condition.operator === 'not_equals', anyTerm('is_public', [String(condition.value)]));
  }
  const column = orderedColumns[condition.field];
  switch (condition.operator) {
    case 'in':
    case 'not_in':
      return negateIf(
        condition.operator === 'not_in',
        anyTerm(column, condition.value.map(Number).filter(Number.isSafeInteger)),
      );
    default:
      return compareNumber(column, condition.operator, Number(condition.value));
  }
}

type TextCondition = Exclude<Extract<Condition, { readonly field: TextField }>, ExistsCondition>;

function isTextCondition(condition: Exclude<Condition, OwnCondition | ExistsCondition>): condition is TextCondition {
  return condition.field in textColumns;
}

/** Any value of a list may match; the negative operators are the negations of the positive ones: no value does. */
function compileText(column: string, condition: TextCondition): Query {
  switch (condition.operator) {
    case 'equals':
      return anyTerm(column, [toTerm(condition.value)]);
    case 'not_equals':
      return not(anyTerm(column, [toTerm(condition.value)]));
    case 'contains':
      if (condition.value === '') return hasValue(column);
      return { wildcard: { [`${column}_folded`]: { value: containsPattern(foldText(condition.value)) } } };
    case 'in':
      return anyTerm(column, condition.value.map(toTerm));
    case 'not_in':
      return not(anyTerm(column, condition.value.map(toTerm)));
  }
}

const rangeBounds = {
  greater_than: 'gt',
  less_than: 'lt',
  greater_than_or_equal: 'gte',
  less_than_or_equal: 'lte',
} as const;

/** Columns are integers, so a fraction is compared through its neighbours and never equals; NaN (a bad date) matches nothing. */
function compareNumber(column: string, operator: ComparisonOperator, value: number): Query {
  if (operator === 'not_equals') return Number.isSafeInteger(value) ? not(anyTerm(column, [value])) : everything;
  if (Number.isNaN(value)) return nothing;
  if (operator === 'equals') return Number.isSafeInteger(value) ? anyTerm(column, [value]) : nothing;
  if (Number.isSafeInteger(value)) return { range: { [column]: { [rangeBounds[operator]]: value } } };
  const bound = Math.min(Math.max(Math.floor(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  const isGreater = operator === 'greater_than' || operator === 'greater_than_or_equal';
  return { range: { [column]: { [isGreater ? 'gt' : 'lte']: bound } } };
}

function negateIf(isNegated: boolean, query: Query): Query {
  return isNegated ? not(query) : query;
}
