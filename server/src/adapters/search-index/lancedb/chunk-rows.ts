import { type Data, Float32, makeData, RecordBatch, Struct, Table, util, vectorFromArray } from 'apache-arrow';
import type { IndexChunk } from '../../../core/search/search-index.ts';
import { AppError, type OrganizationId } from '../../../core/shared/index.ts';
import { fromPayload, toPayload } from '../chunk-payload.ts';
import { chunkEntityIdOf, searchTextOf } from '../search-text.ts';
import { toOwnColumns } from './own-columns.ts';
import { columns, tableSchema, vectorType } from './table-schema.ts';

type Cell = string | number | bigint | readonly string[] | readonly number[] | null;

function toRow(chunk: IndexChunk, organizationId: OrganizationId): Record<keyof typeof columns, Cell> {
  const toMs = (date: Date | null) => (date === null || Number.isNaN(date.getTime()) ? null : BigInt(date.getTime()));
  return {
    hit: `${chunk.chunkId} ${chunk.documentId} ${chunk.version}`,
    payload: toPayload(chunk),
    chunk_id: chunk.chunkId,
    document_id: chunk.documentId,
    version: BigInt(chunk.version),
    organization_id: organizationId,
    connection_id: chunk.connectionId,
    sync_id: chunk.syncId,
    sync_job_id: chunk.syncJobId,
    source_name: chunk.sourceName,
    entity_id: chunk.entityId,
    chunk_entity_id: chunkEntityIdOf(chunk),
    entity_type: chunk.entityType,
    name: chunk.name,
    breadcrumb_ids: chunk.breadcrumbs.map((crumb) => crumb.entityId),
    breadcrumb_names: chunk.breadcrumbs.map((crumb) => crumb.name),
    breadcrumb_types: chunk.breadcrumbs.map((crumb) => crumb.entityType),
    created_at: toMs(chunk.createdAt),
    updated_at: toMs(chunk.updatedAt),
    chunk_index: BigInt(chunk.chunkIndex),
    search_text: searchTextOf(chunk),
    viewers: chunk.viewers,
    is_public: chunk.isPublic === null ? null : Number(chunk.isPublic),
    ...toOwnColumns(chunk.fields),
  };
}

/**
 * Rows as one Arrow batch, built column by column: the engine's own conversion of objects takes several times as long.
 *
 * @throws AppError('internal') when a vector has other dimensions than the table
 */
export function toRows(chunks: readonly IndexChunk[], organizationId: OrganizationId, dimensions: number): Table {
  const schema = tableSchema(dimensions);
  const rows = chunks.map((chunk) => toRow(chunk, organizationId));
  const children: Data[] = (Object.keys(columns) as (keyof typeof columns)[]).map((name) => {
    const cells = rows.map((row) => row[name]);
    const [data] = vectorFromArray(cells, columns[name]).data;
    if (data === undefined) throw new AppError('internal', `Column ${name} could not be built.`);
    return data;
  });
  children.push(toVectorColumn(chunks, dimensions));
  const struct = makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children });
  return new Table(schema, [new RecordBatch(schema, struct)]);
}

function toVectorColumn(chunks: readonly IndexChunk[], dimensions: number): Data {
  const values = new Float32Array(chunks.length * dimensions);
  chunks.forEach(({ vector }, i) => {
    if (vector === null) return;
    if (vector.length !== dimensions) {
      throw new AppError('internal', `A vector of ${vector.length} dimensions was given to an index of ${dimensions}.`);
    }
    values.set(vector, i * dimensions);
  });
  return makeData({
    type: vectorType(dimensions),
    length: chunks.length,
    nullCount: chunks.filter(({ vector }) => vector === null).length,
    nullBitmap: util.packBools(chunks.map(({ vector }) => vector !== null)),
    child: makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values }),
  });
}

/** Reads rows back from their `payload`. Vectors are null when the column was not selected. */
export function fromRows(table: Table): readonly IndexChunk[] {
  const payloads = table.getChild('payload');
  const vectors = table.getChild('vector');
  return Array.from({ length: table.numRows }, (_, row) => {
    const vector: Iterable<number> | null = vectors?.get(row) ?? null;
    const chunk = fromPayload(String(payloads?.get(row)));
    return { ...chunk, vector: vector === null ? null : Float32Array.from(vector) };
  });
}
