import { z } from 'zod';
import { listDocuments, type PushDependencies } from '../../../core/documents/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DocumentAnswer, toDocumentAnswer } from './document-answer.ts';

const Query = z.object({
  state: z.enum(['indexed', 'failed', 'pending', 'excluded']).optional(),
  source_connection_id: z.guid().optional(),
  search: z.string().max(512).optional().describe('Only documents with this in their name, in any case.'),
  skip: z.int().min(0).default(0),
  limit: z.int().min(1).max(1000).default(100),
});

export const listDocumentsEndpoint = (dependencies: PushDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/collections/{readable_id}/documents',
    summary: 'List documents',
    description: 'Every document of the collection, whatever its source, with its state and why it failed.',
    tags: ['documents'],
    access: { scope: 'read', collectionParam: 'readable_id' },
    params: z.object({ readable_id: z.string() }),
    query: Query,
    response: z.array(DocumentAnswer),
    errors: [404],
    handler: async ({ params, query, caller }) => {
      const documents = await listDocuments(dependencies, caller, params.readable_id, {
        state: query.state ?? null,
        sourceConnectionId:
          query.source_connection_id === undefined ? null : SourceConnectionId.parse(query.source_connection_id),
        search: query.search === undefined || query.search === '' ? null : query.search,
        skip: query.skip,
        limit: query.limit,
      });
      return documents.map(toDocumentAnswer);
    },
  });
