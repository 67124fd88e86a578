import type { CollectionEncoder, CollectionStore } from '../../../core/collections/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { countCollectionsEndpoint } from './count-collections.ts';
import { createCollectionEndpoint } from './create-collection.ts';
import { deleteCollectionEndpoint } from './delete-collection.ts';
import { getCollectionEndpoint } from './get-collection.ts';
import { listCollectionsEndpoint } from './list-collections.ts';
import { updateCollectionEndpoint } from './update-collection.ts';

export function collectionEndpoints(store: CollectionStore, encoder: CollectionEncoder): readonly Endpoint[] {
  return [
    listCollectionsEndpoint(store, encoder),
    countCollectionsEndpoint(store),
    createCollectionEndpoint(store, encoder),
    getCollectionEndpoint(store, encoder),
    updateCollectionEndpoint(store, encoder),
    deleteCollectionEndpoint(store, encoder),
  ];
}
