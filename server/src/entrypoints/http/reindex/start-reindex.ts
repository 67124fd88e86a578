import { type ReindexAccess, startReindex } from '../../../core/reindex/index.ts';
import { collectionParams } from '../collections/get-collection.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ReindexAnswer, toReindexAnswer } from './reindex-answer.ts';

export const startReindexEndpoint = (dependencies: ReindexAccess) =>
  defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/reindex',
    summary: 'Rebuild the index of a collection',
    description:
      'Builds a new index from the stored records with the embedding model and parsers of now, in the background and ' +
      'without asking any source. Searches read the old index until the new one takes its place in one step.',
    tags: ['collections'],
    access: { scope: 'write', collectionParam: 'readable_id' },
    params: collectionParams,
    response: ReindexAnswer,
    status: 202,
    errors: [409],
    handler: async ({ params, caller }) =>
      toReindexAnswer(await startReindex(dependencies, caller, params.readable_id)),
  });
