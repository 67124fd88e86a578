import { type RawBuilder, sql } from 'kysely';
import { type Facet, type FacetField, isOwnField, maxFacetText, ownNameOf } from '../../core/search/index.ts';
import type { Queries } from './database.ts';
import { isValue, pathsOf } from './own-field-to-sql.ts';
import { generatedStatement } from './scoped-dialect.ts';

/** Counts the values of all fields in one statement, so that the filter is applied once. */
export async function readFacets(
  queries: Queries,
  selected: RawBuilder<unknown>,
  { fields, valuesPerField }: { readonly fields: readonly FacetField[]; readonly valuesPerField: number },
): Promise<readonly Facet[]> {
  const parts = fields.map(
    (field, place) => sql`(
      select ${sql.lit(place)} as place, to_jsonb(value) as value, count
      from (select value, count(*) as count from document ${valuesOf(field)} group by value) as found
      order by count desc, to_jsonb(value) #>> '{}' collate "C", to_jsonb(value) limit ${valuesPerField + 1})`,
  );
  const read = [...new Set(fields.map((field) => sourceOf(field)))];
  const { rows } = await sql<{ place: number; value: string | number | boolean; count: number }>`
    ${generatedStatement} with document as materialized (select ${sql.join(read.map((column) => sql.ref(column)))} from ${selected})
    ${sql.join(parts, sql` union all `)}`.execute(queries);
  return fields.map((field, place) => {
    const values = rows.filter((row) => row.place === place).map(({ value, count }) => ({ value, count }));
    return { field, values: values.slice(0, valuesPerField), isCut: values.length > valuesPerField };
  });
}

const columns = {
  name: 'document.name',
  'airweave_system_metadata.entity_type': 'document.entity_type',
  'airweave_system_metadata.source_name': 'connection.short_name',
  'airweave_system_metadata.original_entity_id': 'document.entity_id',
  'airweave_system_metadata.sync_id': 'document.sync_id',
} as const;

const breadcrumbKeys = {
  'breadcrumbs.entity_id': 'entityId',
  'breadcrumbs.name': 'name',
  'breadcrumbs.entity_type': 'entityType',
} as const;

/** The column that a field is read from. */
function sourceOf(field: FacetField): string {
  if (isOwnField(field)) return 'document.metadata';
  return field in breadcrumbKeys ? 'document.breadcrumbs' : columns[field as keyof typeof columns];
}

/** Beside the row `document`, a row with `value` for each of the field's values, each once. */
function valuesOf(field: FacetField): RawBuilder<unknown> {
  if (isOwnField(field)) {
    const parts = pathsOf(ownNameOf(field)).map(
      (path) =>
        sql`select value from jsonb_path_query(document.metadata, ${`${path}${isValue}`}::jsonpath, '{}', true) as any_value (value)`,
    );
    return sql`cross join lateral (select distinct value from (${sql.join(parts, sql` union all `)}) as own
      where jsonb_typeof(value) in ('string', 'number', 'boolean') and length(value #>> '{}') <= ${maxFacetText}) as each_value`;
  }
  if (field in breadcrumbKeys) {
    const key = sql.lit(breadcrumbKeys[field as keyof typeof breadcrumbKeys]);
    return sql`cross join lateral (select distinct breadcrumb->>${key} as value
      from jsonb_array_elements(document.breadcrumbs) as breadcrumb where length(breadcrumb->>${key}) <= ${maxFacetText}) as each_value`;
  }
  const column = sql.ref(sourceOf(field).replace('connection.', 'document.'));
  return sql`cross join lateral (select ${column}::text as value where length(${column}::text) <= ${maxFacetText}) as each_value`;
}
