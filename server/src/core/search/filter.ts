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

/**
 * A condition on one field. Text compares exactly and case-sensitively, except `contains`, a case-insensitive substring.
 * A missing date matches no comparison but `not_equals` and `not_in`, and so does missing access. `in []` matches nothing,
 * `not_in []` everything. Viewers match when any of them does. `exists` is about whether there is a value at all.
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
  | { readonly field: DateField | AccessField; readonly operator: 'exists'; readonly value: boolean };

export type ComparisonOperator =
  | 'equals'
  | 'not_equals'
  | 'greater_than'
  | 'less_than'
  | 'greater_than_or_equal'
  | 'less_than_or_equal';

/** Groups are joined by OR, a group's conditions by AND. At least one group, each with at least one condition. */
export type Filter = readonly (readonly Condition[])[];
