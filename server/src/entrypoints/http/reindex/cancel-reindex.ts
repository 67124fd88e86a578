import { cancelReindex, type ReindexAccess } from '../../../core/reindex/index.ts';
import { collectionParams } from '../collections/get-collection.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ReindexAnswer, toReindexAnswer } from './reindex-answer.ts';

export const cancelReindexEndpoint = (dependencies: ReindexAccess) =>
  defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/reindex/cancel',
    summary: 'Cancel the rebuild of a collection’s index',
    description:
      'Searches go on reading the index they read. 409 when none is under way, or the new one is in use already.',
    tags: ['collections'],
    access: { scope: 'write', collectionParam: 'readable_id' },
    params: collectionParams,
    response: ReindexAnswer,
    errors: [409],
    handler: async ({ params, caller }) =>
      toReindexAnswer(await cancelReindex(dependencies, caller, params.readable_id)),
  });
