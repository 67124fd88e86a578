import { z } from 'zod';
import type {
  ArmHit,
  IndexChunk,
  IndexRef,
  RetrieveRequest,
  RetrieveResult,
} from '../../../core/search/search-index.ts';
import { AppError, DocumentId, type SourceConnectionId } from '../../../core/shared/index.ts';
import type { EngineIndex } from '../two-engines.ts';
import { BulkWriter } from './bulk-writer.ts';
import { collectionKey, fromStoredRow, generationKey, rowIdOf, toStoredRow } from './chunk-documents.ts';
import { type Cluster, limitsMs } from './cluster.ts';
import { connectCluster } from './connect-cluster.ts';
import { Generations } from './generations.ts';
import { chunkIndexBody, generationIndexBody } from './index-mapping.ts';
import { allOf, anyOf, anyTerm, not, type Query } from './query.ts';
import { removeRows } from './remove-rows.ts';
import { retrieveFrom } from './retrieve.ts';
import type { SearchLocation } from './search-url.ts';

/** Part of the indexes' names: another mapping needs other indexes. */
const mappingVersion = 1;
/** Ids of one request. */
const idsPerRequest = 500;
/** Rows of one answer with vectors: 4 MB at 384 dimensions. */
const rowsPerPage = 500;
const documentsPerPage = 1000;

/**
 * Opens a search index in an OpenSearch cluster: one shared index for each width of vectors, in which a collection's rows are
 * in one shard, found by its id as the routing.
 *
 * @throws AppError that says what is wrong with the cluster
 */
export async function openOpenSearchIndex(location: SearchLocation): Promise<EngineIndex> {
  const cluster = await connectCluster(location);
  const index = new OpenSearchIndex(cluster, location);
  try {
    await index.prepare();
  } catch (error) {
    await index.close();
    throw error;
  }
  return index;
}

class OpenSearchIndex implements EngineIndex {
  readonly #cluster: Cluster;
  readonly #prefix: string;
  readonly #shards: number;
  readonly #generations: Generations;
  readonly #writer: BulkWriter;
  readonly #made = new Set<string>();

  constructor(cluster: Cluster, { prefix, shards }: SearchLocation) {
    this.#cluster = cluster;
    this.#prefix = `${prefix}-${mappingVersion}`;
    this.#shards = shards;
    this.#generations = new Generations(cluster, this.#generationIndex);
    this.#writer = new BulkWriter(cluster);
  }

  get #generationIndex(): string {
    return `${this.#prefix}-generations`;
  }

  /** Of all widths. */
  get #chunkIndexes(): string {
    return `${this.#prefix}-chunks-*`;
  }

  #chunkIndex(dimensions: number): string {
    return `${this.#prefix}-chunks-${dimensions}`;
  }

  async prepare(): Promise<void> {
    await this.#make(this.#generationIndex, generationIndexBody);
  }

  async create(ref: IndexRef, { dimensions }: { readonly dimensions: number }): Promise<void> {
    await this.#make(this.#chunkIndex(dimensions), chunkIndexBody(dimensions, this.#shards));
    await this.#generations.add(ref, dimensions);
  }

  async upsert(ref: IndexRef, chunks: readonly IndexChunk[]): Promise<void> {
    const dimensions = await this.#dimensionsOf(ref);
    const index = this.#chunkIndex(dimensions);
    // Of two rows with the same id in one call the later one counts, whatever the order in which the cluster works.
    const rows = new Map(chunks.map((chunk) => [chunk.chunkId, chunk]));
    const toItem = (chunk: IndexChunk) => ({
      action: JSON.stringify({
        index: { _id: rowIdOf(ref, chunk.chunkId), version: chunk.version, version_type: 'external_gte' },
      }),
      row: JSON.stringify(toStoredRow(ref, chunk, dimensions)),
    });
    await this.#writer.write(index, ref.collectionId, mapLazily(rows.values(), toItem));
    if ((await this.#generations.findDimensions(ref)) !== undefined) return;
    // It was dropped meanwhile, and these rows may have come after the drop.
    await this.#remove(ref.collectionId, anyTerm('ref', [generationKey(ref)]), index);
    throw missingGeneration();
  }

  async drop(
    ref: IndexRef,
    drops: readonly { readonly documentId: DocumentId; readonly beforeVersion: number }[],
  ): Promise<void> {
    const dimensions = await this.#generations.recallDimensions(ref);
    if (dimensions === undefined) return;
    const byVersion = Map.groupBy(drops, ({ beforeVersion }) => beforeVersion);
    const superseded = [...byVersion].flatMap(([beforeVersion, same]) =>
      inBatches(same, idsPerRequest).map((batch) => {
        const documents = batch.map(({ documentId }) => documentId);
        return allOf([{ range: { version: { lt: beforeVersion } } }, anyTerm('document_id', documents)]);
      }),
    );
    for (const batch of inBatches(superseded, idsPerRequest)) {
      const rows = allOf([anyTerm('ref', [generationKey(ref)]), anyOf(batch)]);
      await this.#remove(ref.collectionId, rows, this.#chunkIndex(dimensions));
    }
  }

  async dropConnection(ref: IndexRef, connectionId: SourceConnectionId): Promise<void> {
    const dimensions = await this.#generations.findDimensions(ref);
    if (dimensions === undefined) return;
    const rows = allOf([anyTerm('ref', [generationKey(ref)]), anyTerm('connection_id', [connectionId])]);
    await this.#refresh(this.#chunkIndex(dimensions));
    await this.#remove(ref.collectionId, rows, this.#chunkIndex(dimensions));
  }

  async dropCollection(ref: Omit<IndexRef, 'generation'>): Promise<void> {
    await this.dropGenerations(ref, []);
  }

  /** The list of generations is changed first, so that writers know; rows are removed even where the list has none any more. */
  async dropGenerations(ref: Omit<IndexRef, 'generation'>, keep: readonly number[]): Promise<void> {
    await this.#generations.keep(ref, keep);
    const collection = anyTerm('collection', [collectionKey(ref)]);
    await this.#refresh(this.#chunkIndexes);
    await this.#remove(
      ref.collectionId,
      allOf(keep.length === 0 ? [collection] : [collection, not(anyTerm('generation', keep))]),
      this.#chunkIndexes,
    );
  }

  async retrieve(ref: IndexRef, request: RetrieveRequest): Promise<RetrieveResult> {
    const dimensions = await this.#generations.recallDimensions(ref);
    if (dimensions !== undefined) {
      return retrieveFrom(this.#cluster, this.#chunkIndex(dimensions), dimensions, ref, request);
    }
    const none: readonly ArmHit[] = [];
    return {
      ...(request.text === undefined ? {} : { keyword: none }),
      ...(request.vector === undefined ? {} : { semantic: none }),
    };
  }

  async fetch(ref: IndexRef, chunkIds: readonly string[]): Promise<readonly IndexChunk[]> {
    const dimensions = await this.#generations.recallDimensions(ref);
    if (dimensions === undefined) return [];
    // Other texts are no ids, and one may be longer than the cluster takes.
    const ids = [...new Set(chunkIds)].filter((id) => /^[0-9a-f]{64}$/.test(id));
    const found: IndexChunk[] = [];
    for (const batch of inBatches(ids, idsPerRequest)) {
      const { docs } = await this.#cluster.request(Documents, {
        method: 'POST',
        path: `/${this.#chunkIndex(dimensions)}/_mget`,
        query: { routing: ref.collectionId, _source_includes: 'payload', filter_path: 'docs._source,docs.error.type' },
        body: { ids: batch.map((id) => rowIdOf(ref, id)) },
        what: 'fetch',
        limits: limitsMs.read,
      });
      if (docs.some(({ error }) => error !== undefined))
        throw new AppError('unavailable', 'The search cluster gave a part of the rows only. Try again.');
      found.push(...docs.flatMap(({ _source: source }) => (source === undefined ? [] : [fromStoredRow(source)])));
    }
    return found;
  }

  async readDocuments(ref: IndexRef, documentIds: readonly DocumentId[]): Promise<readonly IndexChunk[]> {
    const found = new Map<string, IndexChunk>();
    for (const batch of inBatches([...new Set(documentIds)], idsPerRequest)) {
      const query = allOf([anyTerm('ref', [generationKey(ref)]), anyTerm('document_id', batch)]);
      // A row that is replaced meanwhile may come twice: the later one counts.
      for await (const chunk of this.#readAll(ref, query)) found.set(chunk.chunkId, chunk);
    }
    return [...found.values()];
  }

  async *#readAll(ref: IndexRef, query: Query): AsyncIterable<IndexChunk> {
    const dimensions = await this.#generations.recallDimensions(ref);
    if (dimensions === undefined) return;
    let after: string | undefined;
    do {
      const { hits } = await this.#cluster.request(Page, {
        method: 'POST',
        path: `/${this.#chunkIndex(dimensions)}/_search`,
        query: {
          ...{ routing: ref.collectionId, preference: ref.collectionId, allow_partial_search_results: false },
          filter_path: 'hits.hits._source,hits.hits.sort',
        },
        body: {
          ...{ size: rowsPerPage, query, sort: [{ hit: 'asc' }], track_total_hits: false },
          ...(after === undefined ? {} : { search_after: [after] }),
        },
        what: 'read',
        limits: limitsMs.read,
      });
      yield* hits.hits.map(({ _source: source }) => fromStoredRow(source));
      after = hits.hits.length < rowsPerPage ? undefined : hits.hits.at(-1)?.sort[0];
    } while (after !== undefined);
  }

  async listDocumentIds(
    ref: IndexRef,
    { syncJobId, aboveVersion = -1 }: { readonly syncJobId: string; readonly aboveVersion?: number },
  ): Promise<readonly DocumentId[]> {
    const dimensions = await this.#generations.recallDimensions(ref);
    if (dimensions === undefined) return [];
    const query = allOf([
      anyTerm('ref', [generationKey(ref)]),
      anyTerm('sync_job_id', [syncJobId]),
      { range: { version: { gt: aboveVersion } } },
    ]);
    const found: DocumentId[] = [];
    let after: object | undefined;
    do {
      const ids = { size: documentsPerPage, sources: [{ id: { terms: { field: 'document_id' } } }] };
      const { aggregations } = await this.#cluster.request(DocumentIds, {
        method: 'POST',
        path: `/${this.#chunkIndex(dimensions)}/_search`,
        query: { routing: ref.collectionId, allow_partial_search_results: false },
        body: {
          ...{ size: 0, query, track_total_hits: false },
          aggs: { ids: { composite: after === undefined ? ids : { ...ids, after } } },
        },
        what: 'list documents',
        limits: limitsMs.read,
      });
      found.push(...aggregations.ids.buckets.map(({ key }) => key.id));
      after = aggregations.ids.after_key;
    } while (after !== undefined);
    return found;
  }

  async count(ref: IndexRef): Promise<number> {
    const dimensions = await this.#generations.recallDimensions(ref);
    if (dimensions === undefined) return 0;
    const { count } = await this.#cluster.request(z.object({ count: z.number() }), {
      method: 'POST',
      path: `/${this.#chunkIndex(dimensions)}/_count`,
      query: { routing: ref.collectionId },
      body: { query: anyTerm('ref', [generationKey(ref)]) },
      what: 'count',
      limits: limitsMs.read,
    });
    return count;
  }

  async has(ref: IndexRef): Promise<boolean> {
    return (await this.#generations.findDimensions(ref)) !== undefined;
  }

  /** The cluster merges by itself; being told to would rewrite a shard that other collections share. */
  async optimise(): Promise<void> {}

  async close(): Promise<void> {
    await this.#cluster.close();
  }

  async #dimensionsOf(ref: IndexRef): Promise<number> {
    const dimensions = await this.#generations.findDimensions(ref);
    if (dimensions === undefined) throw missingGeneration();
    return dimensions;
  }

  async #remove(routing: string, query: Query, index: string): Promise<void> {
    await removeRows(this.#cluster, index, routing, query);
  }

  /** Makes visible what a writer that died had not yet shown. */
  async #refresh(index: string): Promise<void> {
    await this.#cluster.find(z.unknown(), {
      method: 'POST',
      path: `/${index}/_refresh`,
      what: 'refresh',
      limits: limitsMs.write,
    });
  }

  /** Makes an index unless it is there. */
  async #make(name: string, body: object): Promise<void> {
    if (this.#made.has(name)) return;
    await makeIndex(this.#cluster, name, body);
    this.#made.add(name);
  }
}

const StoredRow = z.object({ payload: z.string(), vector_bytes: z.string().optional() });
const Documents = z.object({
  docs: z
    .array(z.object({ _source: StoredRow.optional(), error: z.object({ type: z.string().optional() }).optional() }))
    .default([]),
});
const Page = z.object({
  hits: z
    .object({ hits: z.array(z.object({ _source: StoredRow, sort: z.tuple([z.string()]) })).default([]) })
    .default({ hits: [] }),
});
const DocumentIds = z.object({
  aggregations: z.object({
    ids: z.object({
      after_key: z.object({ id: z.string() }).optional(),
      buckets: z.array(z.object({ key: z.object({ id: DocumentId }) })),
    }),
  }),
});

function missingGeneration(): AppError {
  return new AppError('not_found', 'The collection has no search index of this generation (any more).');
}

async function makeIndex(cluster: Cluster, name: string, body: object): Promise<void> {
  const request = { path: `/${name}`, limits: limitsMs.write } as const;
  const found = await cluster.find(z.unknown(), { ...request, method: 'GET', what: 'look for an index' });
  if (found !== undefined) return;
  try {
    await cluster.request(z.unknown(), { ...request, method: 'PUT', body, what: 'make an index' });
  } catch (error) {
    // Another process may have been faster, which the cluster answers with 400 as it does any bad request.
    const made = await cluster.find(z.unknown(), { ...request, method: 'GET', what: 'look for an index' });
    if (made === undefined) throw error;
  }
}

/** One at a time, so that no more than a request's rows are in memory as text. */
function* mapLazily<T, U>(items: Iterable<T>, map: (item: T) => U): Iterable<U> {
  for (const item of items) yield map(item);
}

function inBatches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
