import { expect, it } from 'vitest';
import { chunkIndexBody, defaultShards } from './index-mapping.ts';

it('always says the engine of vectors, keeps replication by document, and keeps vectors out of the source', () => {
  expect(chunkIndexBody(384, defaultShards)).toMatchObject({
    settings: { index: { knn: true, number_of_shards: defaultShards, 'replication.type': 'DOCUMENT' } },
    mappings: {
      dynamic: 'strict',
      _routing: { required: true },
      _source: { includes: ['payload', 'vector_bytes'] },
      properties: { vector: { type: 'knn_vector', dimension: 384, method: { name: 'hnsw', engine: 'lucene' } } },
    },
  });
});
