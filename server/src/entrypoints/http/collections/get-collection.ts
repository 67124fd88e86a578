import { z } from 'zod';
import { type CollectionEncoder, type CollectionStore, getCollection } from '../../../core/collections/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { CollectionAnswer, toCollectionAnswer } from './collection-answer.ts';

/** Any text: what is no readable id names no collection, and is 404. */
export const collectionParams = z.object({ readable_id: z.string() });

export const getCollectionEndpoint = (store: CollectionStore, encoder: CollectionEncoder) =>
  defineEndpoint({
    method: 'GET',
    path: '/collections/{readable_id}',
    summary: 'Get collection',
    tags: ['collections'],
    access: { scope: 'read', collectionParam: 'readable_id' },
    params: collectionParams,
    response: CollectionAnswer,
    handler: async ({ params, caller }) =>
      toCollectionAnswer(await getCollection(store, caller, params.readable_id), encoder),
  });
