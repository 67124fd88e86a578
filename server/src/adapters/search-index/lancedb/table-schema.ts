import { Field, FixedSizeList, Float32, Int8, Int64, List, Schema, Utf8 } from 'apache-arrow';
import type { IndexRef } from '../../../core/search/search-index.ts';
import { AppError } from '../../../core/shared/index.ts';

const text = new Utf8();
const textList = new List(new Field('item', text, true));

export function vectorType(dimensions: number): FixedSizeList<Float32> {
  return new FixedSizeList(dimensions, new Field('item', new Float32(), true));
}

/** Columns of every table, whatever the sources: names that filters and queries use. Instants are milliseconds since 1970. */
export const columns = {
  chunk_id: text,
  document_id: text,
  version: new Int64(),
  organization_id: text,
  connection_id: text,
  sync_id: text,
  sync_job_id: text,
  source_name: text,
  entity_id: text,
  chunk_entity_id: text,
  entity_type: text,
  name: text,
  /** JSON, for reading; the three lists are for filters. */
  breadcrumbs: text,
  breadcrumb_ids: textList,
  breadcrumb_names: textList,
  breadcrumb_types: textList,
  url: text,
  created_at: new Int64(),
  updated_at: new Int64(),
  chunk_index: new Int64(),
  chunk_count: new Int64(),
  headings: textList,
  text,
  /** What full text indexes; see `search-text.ts`. */
  search_text: text,
  viewers: textList,
  /** 0 or 1: of a column of nulls, Arrow's writer leaves out the bits of a Bool, which the engine then refuses. */
  is_public: new Int8(),
  /** JSON. */
  fields: text,
} as const;

type ColumnName = keyof typeof columns | 'vector';

const nullable: ReadonlySet<string> = new Set(['url', 'created_at', 'updated_at', 'viewers', 'is_public']);

/** The schema of a table whose vectors have so many dimensions. */
export function tableSchema(dimensions: number): Schema {
  return new Schema([
    ...Object.entries(columns).map(([name, type]) => new Field(name, type, nullable.has(name))),
    new Field('vector', vectorType(dimensions), true),
  ]);
}

/** Columns that `fetch` reads: those that make an `IndexChunk`, without its vector. */
export const chunkColumns: readonly ColumnName[] = [
  'chunk_id',
  'document_id',
  'version',
  'connection_id',
  'sync_id',
  'sync_job_id',
  'source_name',
  'entity_id',
  'entity_type',
  'name',
  'breadcrumbs',
  'url',
  'created_at',
  'updated_at',
  'chunk_index',
  'chunk_count',
  'headings',
  'text',
  'viewers',
  'is_public',
  'fields',
];

/** Prefix of the names of all tables of a collection. The organisation is part of it, so a foreign scope finds no table. */
export function tablePrefix(ref: Omit<IndexRef, 'generation'>): string {
  const name = [ref.scope.organizationId, ref.collectionId].map((id) => id.toLowerCase().replaceAll('-', '')).join('_');
  if (!/^[0-9a-f]{32}_[0-9a-f]{32}$/.test(name)) {
    throw new AppError('internal', 'A search index is named by the ids of its organisation and collection.');
  }
  return `${name}_`;
}

/** Name of the table of one generation. */
export function tableName(ref: IndexRef): string {
  if (!Number.isSafeInteger(ref.generation) || ref.generation < 0) {
    throw new AppError('internal', 'The generation of a search index is a whole number from 0.');
  }
  return `${tablePrefix(ref)}${ref.generation}`;
}
