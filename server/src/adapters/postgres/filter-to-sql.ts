import { type RawBuilder, sql } from 'kysely';
import {
  type BreadcrumbField,
  type Condition,
  type DateField,
  type Filter,
  isOwnCondition,
  type NumberField,
  type OwnCondition,
  type TextField,
  toComparableText,
} from '../../core/search/index.ts';
import { AppError } from '../../core/shared/index.ts';
import { lower, orderSigns, ownFieldToSql } from './own-field-to-sql.ts';

type Sql = RawBuilder<unknown>;
type BuiltInCondition = Exclude<Condition, OwnCondition>;

/**
 * The predicate of a filter over the rows `document` and `connection`, as every search index selects passages: a document is
 * meant when any of its passages is.
 *
 * @throws AppError('unprocessable') for `sync_job_id`, which is kept for passages only
 */
export function filterToSql(filter: Filter): Sql {
  return sql`(${sql.join(filter.map(groupToSql), sql` or `)})`;
}

const passageFields = ['entity_id', 'airweave_system_metadata.chunk_index'] as const;

function isOnPassages({ field }: Condition): boolean {
  return (passageFields as readonly string[]).includes(field);
}

/** What a group says of passages has to hold for one and the same. */
function groupToSql(group: readonly Condition[]): Sql {
  const ofDocument = group.filter((condition) => !isOnPassages(condition)).map(conditionToSql);
  const ofPassage = group.filter(isOnPassages).map(conditionToSql);
  if (ofPassage.length > 0) {
    ofDocument.push(sql`exists (
      select from generate_series(0, greatest(document.chunk_count, 1) - 1) as passage (number)
      where ${sql.join(ofPassage, sql` and `)})`);
  }
  return sql`(${sql.join(ofDocument, sql` and `)})`;
}

function conditionToSql(condition: Condition): Sql {
  if (isOwnCondition(condition)) return ownFieldToSql(condition);
  if (condition.operator === 'exists') return negateIf(!condition.value, exists[condition.field]);
  switch (condition.field) {
    case 'created_at':
    case 'updated_at':
      return orderedToSql(columns[condition.field], condition.operator, condition.value, toTimestamp);
    case 'airweave_system_metadata.chunk_index':
      return orderedToSql(columns[condition.field], condition.operator, condition.value, toNumber);
    case 'access.viewers': {
      const isAny = sql`coalesce(document.access->'viewers' ?| ${condition.value.map(toComparableText)}::text[], false)`;
      return negateIf(condition.operator === 'not_in', isAny);
    }
    case 'access.is_public': {
      const isEqual = sql`coalesce(document.access->'isPublic' = ${JSON.stringify(condition.value)}::jsonb, false)`;
      return negateIf(condition.operator === 'not_equals', isEqual);
    }
    default:
      return textToSql(condition);
  }
}

type ExistsCondition = Extract<BuiltInCondition, { readonly operator: 'exists' }>;
type TextCondition = Extract<BuiltInCondition, { readonly field: TextField }>;
type OrderedCondition = Exclude<
  Extract<BuiltInCondition, { readonly field: DateField | NumberField }>,
  { readonly operator: 'exists' }
>;

const columns = {
  created_at: sql`document.source_created_at`,
  updated_at: sql`document.source_updated_at`,
  'airweave_system_metadata.chunk_index': sql`passage.number`,
} as const satisfies Record<DateField | NumberField, Sql>;

const hasBreadcrumbs = sql`(jsonb_array_length(document.breadcrumbs) > 0)`;

const exists = {
  created_at: sql`(document.source_created_at is not null)`,
  updated_at: sql`(document.source_updated_at is not null)`,
  'access.viewers': sql`(document.access is not null)`,
  'access.is_public': sql`(document.access is not null)`,
  'breadcrumbs.entity_id': hasBreadcrumbs,
  'breadcrumbs.name': hasBreadcrumbs,
  'breadcrumbs.entity_type': hasBreadcrumbs,
} as const satisfies Record<ExistsCondition['field'], Sql>;

function orderedToSql(
  column: Sql,
  operator: OrderedCondition['operator'],
  value: OrderedCondition['value'],
  write: (value: number | Date) => Sql | undefined,
): Sql {
  if (typeof value === 'object' && !(value instanceof Date)) {
    const written = value.map(write).filter((item) => item !== undefined);
    const isAny = written.length === 0 ? sql`false` : sql`coalesce(${column} in (${sql.join(written)}), false)`;
    return negateIf(operator === 'not_in', isAny);
  }
  const written = write(value);
  switch (operator) {
    case 'equals':
    case 'not_equals': {
      const isEqual = written === undefined ? sql`false` : sql`coalesce(${column} = ${written}, false)`;
      return negateIf(operator === 'not_equals', isEqual);
    }
    case 'in':
    case 'not_in':
      return sql`false`;
    default:
      return written === undefined ? sql`false` : sql`${column} ${orderSigns[operator]} ${written}`;
  }
}

/** Undefined for what equals nothing and has no order. */
function toTimestamp(value: number | Date): Sql | undefined {
  const ms = Number(value);
  return Number.isNaN(ms) ? undefined : sql`${new Date(ms).toISOString()}::timestamptz`;
}

function toNumber(value: number | Date): Sql | undefined {
  const number = Number(value);
  return Number.isNaN(number) ? undefined : sql`${String(number)}::float8`;
}

const textColumns = {
  entity_id: sql`(document.entity_id || '__chunk_' || passage.number)`,
  name: sql`document.name`,
  'airweave_system_metadata.entity_type': sql`document.entity_type`,
  'airweave_system_metadata.source_name': sql`connection.short_name`,
  'airweave_system_metadata.original_entity_id': sql`document.entity_id`,
  'airweave_system_metadata.sync_id': sql`document.sync_id::text`,
} as const satisfies Partial<Record<TextField, Sql>>;

const breadcrumbKeys = {
  'breadcrumbs.entity_id': 'entityId',
  'breadcrumbs.name': 'name',
  'breadcrumbs.entity_type': 'entityType',
} as const satisfies Record<BreadcrumbField, string>;

function textToSql(condition: TextCondition): Sql {
  const { field } = condition;
  if (field === 'airweave_system_metadata.sync_job_id') {
    throw new AppError(
      'unprocessable',
      `Documents cannot be filtered by '${field}' here, since only their passages keep it: search for them, or filter by 'airweave_system_metadata.sync_id' or 'updated_at'.`,
    );
  }
  const isNegated = condition.operator === 'not_equals' || condition.operator === 'not_in';
  const isBreadcrumb = field in breadcrumbKeys;
  const text = isBreadcrumb
    ? sql`(breadcrumb->>${sql.lit(breadcrumbKeys[field as BreadcrumbField])})`
    : textColumns[field as keyof typeof textColumns];
  const predicate = compareText(text, condition);
  return negateIf(
    isNegated,
    isBreadcrumb
      ? sql`exists (select from jsonb_array_elements(document.breadcrumbs) as breadcrumb where ${predicate})`
      : predicate,
  );
}

/** The positive of the condition; a single value is compared as itself, so that an index can find it. */
function compareText(text: Sql, condition: TextCondition): Sql {
  if (condition.operator === 'contains') {
    return sql`(strpos(${lower(text)}, ${toComparableText(condition.value).toLowerCase()}) > 0)`;
  }
  const values = typeof condition.value === 'string' ? [condition.value] : condition.value;
  return values.length === 1
    ? sql`(${text} = ${toComparableText(values[0] ?? '')})`
    : sql`(${text} = any(${values.map(toComparableText)}::text[]))`;
}

function negateIf(isNegated: boolean, predicate: Sql): Sql {
  return isNegated ? sql`not ${predicate}` : predicate;
}
