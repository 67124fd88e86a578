import { Client } from '@opensearch-project/opensearch';
import { openOpenSearchIndex } from '../../src/adapters/search-index/opensearch/opensearch-index.ts';
import { toSearchLocation } from '../../src/adapters/search-index/opensearch/search-url.ts';
import type { IndexChunk } from '../../src/core/search/index.ts';
import {
  CollectionId,
  DocumentId,
  newId,
  OrganizationId,
  Scope,
  SourceConnectionId,
  SyncId,
} from '../../src/core/shared/index.ts';
import { type Bench, createTextSource, type Measurement, quantile, throughput } from './bench.ts';

const dimensions = 384;
const batchSize = 500;
const rounds = 200;
/** As many as an instant search asks of each arm, and shows. */
const depth = 200;
const shown = 10;
const prefix = 'weft-bench';
/** A clearing up, so that a bench that was cut off leaves nothing for the next. */
const indexes = `${prefix}-*`;

/** Hybrid searches through the index port on a cluster, beside the same queries put to it bare, turn by turn. */
export const openSearchSearch: Bench = {
  name: 'opensearch-search',
  async run({ documents = 20_000, searchUrl }) {
    if (searchUrl === undefined) return [];
    const location = toSearchLocation(searchUrl);
    const { nodes, auth } = location;
    const client = new Client({ nodes: [...nodes], ...(auth === undefined ? {} : { auth }) });
    await client.indices.delete({ index: indexes, ignore_unavailable: true });
    const index = await openOpenSearchIndex({ ...location, prefix });
    try {
      const ref = { scope: new Scope(newId(OrganizationId)), collectionId: newId(CollectionId), generation: 1 };
      await index.create(ref, { dimensions });
      const makeChunk = createChunkSource();
      const began = performance.now();
      for (let from = 0; from < documents; from += batchSize) {
        await index.upsert(ref, Array.from({ length: batchSize }, makeChunk));
        process.stderr.write(`\r${from + batchSize} documents loaded`);
      }
      process.stderr.write('\n');
      const loadRate = (documents / (performance.now() - began)) * 1000;

      const text = createTextSource(4);
      const question = () => ({ text: text(4), vector: createVector(text(1)) });
      const ours = async () => {
        const { keyword = [], semantic = [] } = await index.retrieve(ref, { ...question(), limit: depth });
        await index.fetch(
          ref,
          [...keyword, ...semantic].slice(0, shown).map(({ chunkId }) => chunkId),
        );
      };
      const bare = () => askBare(client, ref.collectionId, question());
      for (let i = 0; i < 30; i++) await (i % 2 === 0 ? ours() : bare());
      const times = { ours: [] as number[], bare: [] as number[] };
      for (let i = 0; i < rounds; i++) {
        times.ours.push(await timeOf(ours));
        times.bare.push(await timeOf(bare));
      }
      const compare = (share: number): Pick<Measurement, 'value' | 'unit' | 'budget' | 'reference'> => {
        const reference = quantile(times.bare, share);
        return {
          ...{ value: quantile(times.ours, share), unit: 'ms', reference: { name: 'bare queries', value: reference } },
          budget: { kind: 'most', value: Number((reference * 1.5).toPrecision(3)) },
        };
      };
      return [
        { name: 'OpenSearch, hybrid search, p50', ...compare(0.5) },
        { name: 'OpenSearch, hybrid search, p95', ...compare(0.95) },
        {
          ...{
            name: 'OpenSearch, hybrid search at 16 clients',
            unit: 'per second',
            value: await throughput(16, 5, ours),
          },
          reference: { name: 'bare queries', value: await throughput(16, 5, bare) },
        },
        { name: 'OpenSearch, load with vectors', value: loadRate, unit: 'per second' },
      ];
    } finally {
      await index.close();
      await client.indices.delete({ index: indexes, ignore_unavailable: true });
      await client.close();
    }
  },
};

/** Both arms with ids only, then the rows shown: the least that a hybrid search asks of a cluster. */
async function askBare(client: Client, routing: string, question: { text: string; vector: Float32Array }) {
  const filter = [{ term: { generation: 1 } }];
  const header = { index: `${prefix}-1-chunks-${dimensions}`, routing };
  const only = { size: depth, _source: false, track_total_hits: false };
  const vector = { vector: Array.from(question.vector), k: depth, filter: { bool: { filter } } };
  const { body } = await client.transport.request({
    method: 'POST',
    path: '/_msearch',
    bulkBody: [
      header,
      { ...only, query: { bool: { must: [{ match: { search_text: question.text } }], filter } } },
      header,
      { ...only, query: { knn: { vector } } },
    ],
  });
  const hits: readonly { _id: string }[] = body.responses.flatMap((one: { hits: { hits: object[] } }) => one.hits.hits);
  await client.transport.request({
    method: 'POST',
    path: `/${header.index}/_mget`,
    querystring: { routing, _source_includes: 'payload' },
    body: { ids: hits.slice(0, shown).map(({ _id }) => _id) },
  });
}

async function timeOf(call: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await call();
  return performance.now() - began;
}

function createChunkSource(): () => IndexChunk {
  const text = createTextSource(3);
  const [connectionId, syncId] = [newId(SourceConnectionId), newId(SyncId)];
  let number = 0;
  return () => {
    const documentId = newId(DocumentId);
    const passage = text(60);
    number += 1;
    return {
      ...{ chunkId: number.toString(16).padStart(64, '0'), documentId, version: 1, connectionId, syncId },
      ...{ syncJobId: 'job', sourceName: 'files', entityId: `d${number}`, entityType: 'FileEntity' },
      ...{
        name: `Document ${number}`,
        breadcrumbs: [],
        url: null,
        createdAt: null,
        updatedAt: new Date(1.7e12 + number),
      },
      ...{ chunkIndex: 0, chunkCount: 1, headings: [], text: passage, viewers: null, isPublic: null, fields: {} },
      vector: createVector(passage),
    };
  };
}

/** A unit vector that follows from a text. */
function createVector(text: string): Float32Array {
  let state = 2_166_136_261;
  for (let i = 0; i < text.length; i += 1) state = Math.imul(state ^ text.charCodeAt(i), 16_777_619) >>> 0;
  const vector = Float32Array.from({ length: dimensions }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
