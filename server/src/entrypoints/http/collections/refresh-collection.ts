import { z } from 'zod';
import { refreshCollection } from '../../../core/connections/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { JobAnswer, toJobAnswer } from '../source-connections/job-answer.ts';
import { collectionParams } from './get-collection.ts';

export const refreshCollectionEndpoint = (dependencies: Parameters<typeof refreshCollection>[0]) =>
  defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/refresh_all',
    summary: 'Run all syncs of a collection',
    description:
      'Begins a run of every source connection that can run now: authenticated, not paused, and without a run under way. Answers with their jobs.',
    tags: ['collections'],
    access: { scope: 'write', collectionParam: 'readable_id' },
    params: collectionParams,
    response: z.array(JobAnswer),
    errors: [400],
    handler: async ({ params, caller }) =>
      (await refreshCollection(dependencies, caller, params.readable_id)).map(toJobAnswer),
  });
