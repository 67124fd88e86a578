import { Field, FixedSizeList, Float32, Float64, Int8, Int64, List, Schema, Utf8 } from 'apache-arrow';
import type { IndexRef } from '../../../core/search/search-index.ts';
import { AppError } from '../../../core/shared/index.ts';

const text = new Utf8();
const textList = new List(new Field('item', text, true));
const numberList = new List(new Field('item', new Float64(), true));

export function vectorType(dimensions: number): FixedSizeList<Float32> {
  return new FixedSizeList(dimensions, new Field('item', new Float32(), true));
}

/**
 * Columns of every table, whatever the sources: names that filters and queries use, and two for reading. Instants are
 * milliseconds since 1970.
 *
 * A query reads some hundreds of rows at random places and a column costs as much as a row: one packed column for hits and one
 * for whole rows made both arms 1.6 times as fast and a fetch three times, compared with a column for each value.
 */
export const columns = {
  /** Chunk id, document id and version, apart by spaces: all that a hit is made of. */
  hit: text,
  /** The row as JSON, without its vector: all that a fetch reads. */
  payload: text,
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
  breadcrumb_ids: textList,
  breadcrumb_names: textList,
  breadcrumb_types: textList,
  created_at: new Int64(),
  updated_at: new Int64(),
  chunk_index: new Int64(),
  /** What full text indexes; see `search-text.ts`. */
  search_text: text,
  viewers: textList,
  /** 0 or 1: of a column of nulls, Arrow's writer leaves out the bits of a Bool, which the engine then refuses. */
  is_public: new Int8(),
  /** The sources' own fields, whatever they are; see `own-columns.ts`. */
  own_values: textList,
  own_text_names: textList,
  own_texts: textList,
  own_range_names: textList,
  own_lowest: numberList,
  own_highest: numberList,
} as const;

const nullable: ReadonlySet<string> = new Set(['created_at', 'updated_at', 'viewers', 'is_public']);

/** The schema of a table whose vectors have so many dimensions. */
export function tableSchema(dimensions: number): Schema {
  return new Schema([
    ...Object.entries(columns).map(([name, type]) => new Field(name, type, nullable.has(name))),
    new Field('vector', vectorType(dimensions), true),
  ]);
}

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
