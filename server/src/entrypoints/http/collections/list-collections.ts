import { z } from 'zod';
import { type CollectionEncoder, type CollectionStore, listCollections } from '../../../core/collections/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { CollectionAnswer, toCollectionAnswer } from './collection-answer.ts';

export const searchText = z
  .string()
  .optional()
  .describe('Only collections with this in their name or readable_id, in any case.');

const Query = z.object({
  skip: z.int().min(0).default(0),
  limit: z.int().min(1).max(1000).default(100),
  search: searchText,
});

export const listCollectionsEndpoint = (store: CollectionStore, encoder: CollectionEncoder) =>
  defineEndpoint({
    method: 'GET',
    path: '/collections',
    summary: 'List collections',
    description: 'The collections of the organization, newest first.',
    tags: ['collections'],
    access: { scope: 'read' },
    query: Query,
    response: z.array(CollectionAnswer),
    handler: async ({ query, caller }) => {
      const { skip, limit, search } = query;
      const collections = await listCollections(store, caller, { search: search ?? null, skip, limit });
      return collections.map((collection) => toCollectionAnswer(collection, encoder, collection.connections));
    },
  });
