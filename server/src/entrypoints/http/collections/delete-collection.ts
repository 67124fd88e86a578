import { type CollectionEncoder, type CollectionStore, deleteCollection } from '../../../core/collections/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { CollectionAnswer, toCollectionAnswer } from './collection-answer.ts';
import { collectionParams } from './get-collection.ts';

export const deleteCollectionEndpoint = (store: CollectionStore, encoder: CollectionEncoder) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/collections/{readable_id}',
    summary: 'Delete collection',
    description:
      'Deletes a collection with its source connections, their jobs and everything indexed. Running syncs are cancelled. Answers with the collection as it was.',
    tags: ['collections'],
    access: { scope: 'write', collectionParam: 'readable_id' },
    params: collectionParams,
    response: CollectionAnswer,
    audit: ({ params }) => ({ action: 'collection.deleted', objectType: 'collection', objectId: params.readable_id }),
    handler: async ({ params, caller }) =>
      toCollectionAnswer(await deleteCollection(store, caller, params.readable_id), encoder),
  });
