import { getReindex, type ReindexAccess } from '../../../core/reindex/index.ts';
import { collectionParams } from '../collections/get-collection.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ReindexAnswer, toReindexAnswer } from './reindex-answer.ts';

export const getReindexEndpoint = (dependencies: ReindexAccess) =>
  defineEndpoint({
    method: 'GET',
    path: '/collections/{readable_id}/reindex',
    summary: 'Get the latest rebuild of a collection’s index',
    description: 'With its progress. 404 when the index was never rebuilt.',
    tags: ['collections'],
    access: { scope: 'read', collectionParam: 'readable_id' },
    params: collectionParams,
    response: ReindexAnswer,
    handler: async ({ params, caller }) => toReindexAnswer(await getReindex(dependencies, caller, params.readable_id)),
  });
