import { maxWordLength } from './search-words.ts';

/** Shards of each shared index, of which a collection uses one. More of them let more machines share the load. */
export const defaultShards = 4;

/**
 * Copies of each shard beside the first: one where there is a second machine for it, none where there is not.
 */
const replicas = { auto_expand_replicas: '0-1' } as const;

/** Exact, case-sensitive text; see `toTerm` for how long values fit. */
const term = { type: 'keyword' } as const;
/** For `contains` in fields with few distinct values: their terms are looked through. */
const fewTexts = { type: 'keyword' } as const;
/** For `contains` in fields with many: found by groups of three letters, then compared with the column. */
const manyTexts = { type: 'wildcard', doc_values: true } as const;
const whole = { type: 'long' } as const;
/** Only given back. */
const stored = { type: 'keyword', index: false, doc_values: false } as const;

/**
 * Settings and mapping of a shared index of chunks.
 *
 * The engine is always said: the default one needs a native library that not every distribution brings, and where it is
 * missing the node dies with the first vector. Replication stays by document: with replication of segments, a replica shows
 * old rows after a refresh that has been answered. The source holds only what is read back: the whole vector as bytes, four
 * times smaller than its JSON, and the chunk.
 *
 * @param dimensions of the vectors, 1 to 16,000
 */
export function chunkIndexBody(dimensions: number, shards: number): object {
  return {
    settings: {
      index: { knn: true, number_of_shards: shards, 'replication.type': 'DOCUMENT', ...replicas },
      analysis: {
        filter: {
          weft_stop: { type: 'stop', stopwords: '_english_' },
          weft_stem: { type: 'stemmer', language: 'porter2' },
        },
        // `search-words.ts` has split the text into words already, in the same way for passages and queries.
        tokenizer: { weft_words: { type: 'whitespace', max_token_length: maxWordLength * 2 } },
        analyzer: {
          weft_english: {
            type: 'custom',
            tokenizer: 'weft_words',
            filter: ['lowercase', 'asciifolding', 'weft_stop', 'weft_stem'],
          },
        },
      },
    },
    mappings: {
      dynamic: 'strict',
      _routing: { required: true },
      _source: { includes: ['payload', 'vector_bytes'] },
      properties: {
        ref: term,
        collection: term,
        generation: whole,
        hit: term,
        document_id: term,
        version: whole,
        connection_id: term,
        sync_id: term,
        sync_id_folded: fewTexts,
        sync_job_id: term,
        sync_job_id_folded: fewTexts,
        source_name: term,
        source_name_folded: fewTexts,
        entity_type: term,
        entity_type_folded: fewTexts,
        entity_id: term,
        entity_id_folded: manyTexts,
        chunk_entity_id: term,
        chunk_entity_id_folded: manyTexts,
        name: term,
        name_folded: manyTexts,
        breadcrumb_ids: term,
        breadcrumb_ids_folded: manyTexts,
        breadcrumb_names: term,
        breadcrumb_names_folded: manyTexts,
        breadcrumb_types: term,
        breadcrumb_types_folded: fewTexts,
        created_at: whole,
        updated_at: whole,
        chunk_index: whole,
        is_restricted: { type: 'boolean' },
        viewers: term,
        is_public: { type: 'boolean' },
        own_values: term,
        own_order: term,
        own_texts: manyTexts,
        search_text: { type: 'text', analyzer: 'weft_english', index_options: 'freqs' },
        vector: {
          type: 'knn_vector',
          dimension: dimensions,
          space_type: 'innerproduct',
          method: { name: 'hnsw', engine: 'lucene', parameters: { m: 16, ef_construction: 100 } },
        },
        vector_bytes: stored,
        payload: stored,
      },
    },
  };
}

/** Settings and mapping of the index that says which generations there are. */
export const generationIndexBody = {
  settings: { index: { number_of_shards: 1, 'replication.type': 'DOCUMENT', ...replicas } },
  mappings: { dynamic: 'strict', properties: { generations: { type: 'object', enabled: false } } },
} as const;
