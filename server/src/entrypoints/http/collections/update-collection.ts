import { z } from 'zod';
import {
  type CollectionEncoder,
  CollectionName,
  type CollectionStore,
  SyncConfig,
  updateCollection,
} from '../../../core/collections/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { CollectionAnswer, toCollectionAnswer } from './collection-answer.ts';
import { collectionParams } from './get-collection.ts';

const Body = z.object({
  name: CollectionName.optional(),
  sync_config: SyncConfig.nullish().describe('Null clears it.'),
});

export const updateCollectionEndpoint = (store: CollectionStore, encoder: CollectionEncoder) =>
  defineEndpoint({
    method: 'PATCH',
    path: '/collections/{readable_id}',
    summary: 'Update collection',
    description: 'Changes what is given; the readable_id stays.',
    tags: ['collections'],
    access: { scope: 'write', collectionParam: 'readable_id' },
    params: collectionParams,
    body: Body,
    example: { name: 'Finance data of 2026' },
    response: CollectionAnswer,
    handler: async ({ params, body, caller }) => {
      const change = { name: body.name, syncConfig: body.sync_config };
      return toCollectionAnswer(await updateCollection(store, caller, params.readable_id, change), encoder);
    },
  });
