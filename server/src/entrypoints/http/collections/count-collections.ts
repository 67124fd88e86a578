import { z } from 'zod';
import { type CollectionStore, countCollections } from '../../../core/collections/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { searchText } from './list-collections.ts';

export const countCollectionsEndpoint = (store: CollectionStore) =>
  defineEndpoint({
    method: 'GET',
    path: '/collections/count',
    summary: 'Count collections',
    tags: ['collections'],
    access: { scope: 'read' },
    query: z.object({ search: searchText }),
    response: z.int(),
    handler: ({ query, caller }) => countCollections(store, caller, query.search ?? null),
  });
