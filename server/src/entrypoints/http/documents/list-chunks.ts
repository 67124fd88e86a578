import { z } from 'zod';
import { type PushDependencies, readChunks } from '../../../core/documents/index.ts';
import type { SearchIndex, SearchStore } from '../../../core/search/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DocumentParams } from './get-document.ts';

const Chunk = z
  .object({
    chunk_index: z.int(),
    headings: z.array(z.string()).describe('Above the passage, outermost first.'),
    text: z.string().describe('Markdown, as it is searched and shown.'),
  })
  .meta({ id: 'DocumentChunk' });

export interface ChunkDependencies extends PushDependencies {
  readonly index: Pick<SearchIndex, 'readDocuments'>;
  readonly search: Pick<SearchStore, 'findCollection' | 'visibleVersions'>;
}

export const listChunksEndpoint = (dependencies: ChunkDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/collections/{readable_id}/documents/{document_id}/chunks',
    summary: "List a document's passages",
    description: 'The text as it is in the index, in order. Empty for a document that is not indexed.',
    tags: ['documents'],
    access: { scope: 'read', collectionParam: 'readable_id' },
    params: DocumentParams,
    query: z.object({ skip: z.int().min(0).default(0), limit: z.int().min(1).max(1000).default(100) }),
    response: z.array(Chunk),
    errors: [404],
    handler: async ({ params, query, caller }) => {
      const chunks = await readChunks(dependencies, caller, params.readable_id, params.document_id, query);
      return chunks.map(({ chunkIndex, headings, text }) => ({
        chunk_index: chunkIndex,
        headings: [...headings],
        text,
      }));
    },
  });
