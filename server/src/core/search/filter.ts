/** The one filter language inside Weft; the API's filter grammars compile to it, each search index compiles it further. */

/** Fields by kind. Breadcrumb fields match when any breadcrumb matches. */
export const textFields = [
  'entity_id', // the chunk-level id `<original>__chunk_<n>`
  'name',
  'breadcrumbs.entity_id',
  'breadcrumbs.name',
  'breadcrumbs.entity_type',
  'airweave_system_metadata.entity_type',
  'airweave_system_metadata.source_name',
  'airweave_system_metadata.original_entity_id',
  'airweave_system_metadata.sync_id',
  'airweave_system_metadata.sync_job_id',
] as const;
export const dateFields = ['created_at', 'updated_at'] as const;
export const numberFields = ['airweave_system_metadata.chunk_index'] as const;

/** Who may see an entity, as its source says. For filters of the older search only; `FilterGroups` does not name them. */
export const accessFields = ['access.viewers', 'access.is_public'] as const;

export type TextField = (typeof textFields)[number];
export type DateField = (typeof dateFields)[number];
export type NumberField = (typeof numberFields)[number];
export type AccessField = (typeof accessFields)[number];
export type BreadcrumbField = Extract<TextField, `breadcrumbs.${string}`>;

/** One of a source's own fields, under the name by which results show it; see `own-fields.ts`. */
export type OwnField = `raw_source_fields.${string}`;
export type OwnValue = string | number | boolean;

/**
 * A condition on one field. Text compares exactly and case-sensitively, except `contains`, a case-insensitive substring.
 * A missing date matches no comparison but `not_equals` and `not_in`, and so does missing access. `in []` matches nothing,
 * `not_in []` everything. Viewers match when any of them does. `exists` is about whether there is a value at all.
 *
 * Own fields have the types of JSON: a list matches when any element does, and what has another type than the value asked for
 * does not match (so it passes `not_equals` and `not_in`). Compared by order with a date, text counts that is an ISO 8601 date.
 */
export type Condition =
  | { readonly field: TextField; readonly operator: 'equals' | 'not_equals' | 'contains'; readonly value: string }
  | { readonly field: TextField; readonly operator: 'in' | 'not_in'; readonly value: readonly string[] }
  | { readonly field: DateField; readonly operator: ComparisonOperator; readonly value: Date }
  | { readonly field: DateField; readonly operator: 'in' | 'not_in'; readonly value: readonly Date[] }
  | { readonly field: NumberField; readonly operator: ComparisonOperator; readonly value: number }
  | { readonly field: NumberField; readonly operator: 'in' | 'not_in'; readonly value: readonly number[] }
  | { readonly field: 'access.viewers'; readonly operator: 'in' | 'not_in'; readonly value: readonly string[] }
  | { readonly field: 'access.is_public'; readonly operator: 'equals' | 'not_equals'; readonly value: boolean }
  | { readonly field: DateField | AccessField | BreadcrumbField; readonly operator: 'exists'; readonly value: boolean }
  | { readonly field: OwnField; readonly operator: 'equals' | 'not_equals'; readonly value: OwnValue }
  | { readonly field: OwnField; readonly operator: 'in' | 'not_in'; readonly value: readonly OwnValue[] }
  | { readonly field: OwnField; readonly operator: 'contains'; readonly value: string }
  | OwnRange
  | { readonly field: OwnField; readonly operator: 'exists'; readonly value: boolean };

export interface OwnRange {
  readonly field: OwnField;
  readonly operator: OrderOperator;
  readonly value: number | Date;
  /** The complement is wanted: no element is in the range. Which no other range can say, since a field may be a list. */
  readonly isNegated?: true;
}

export const orderOperators = ['greater_than', 'less_than', 'greater_than_or_equal', 'less_than_or_equal'] as const;
export type OrderOperator = (typeof orderOperators)[number];
export type ComparisonOperator = 'equals' | 'not_equals' | OrderOperator;

export type OwnCondition = Extract<Condition, { readonly field: OwnField }>;

export function isOwnRange(condition: OwnCondition): condition is OwnRange {
  return (orderOperators as readonly string[]).includes(condition.operator);
}

export function isOwnCondition(condition: Condition): condition is OwnCondition {
  return condition.field.startsWith('raw_source_fields.');
}

/** Groups are joined by OR, a group's conditions by AND. At least one group, each with at least one condition. */
export type Filter = readonly (readonly Condition[])[];
