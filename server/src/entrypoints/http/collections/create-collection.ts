import { z } from 'zod';
import {
  type CollectionEncoder,
  CollectionName,
  type CollectionStore,
  createCollection,
  ReadableId,
  SyncConfig,
} from '../../../core/collections/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { CollectionAnswer, toCollectionAnswer } from './collection-answer.ts';

const Body = z.object({
  name: CollectionName.describe('Human-readable name, shown in the UI.'),
  readable_id: ReadableId.nullish().describe(
    'Identifier in URLs: lower-case letters, digits and single hyphens. Made from the name with a random suffix when absent.',
  ),
  sync_config: SyncConfig.nullish(),
});

export const createCollectionEndpoint = (store: CollectionStore, encoder: CollectionEncoder) =>
  defineEndpoint({
    method: 'POST',
    path: '/collections',
    summary: 'Create collection',
    description:
      'Create a new collection. The newly created collection is initially empty and does not contain any data until you explicitly add source connections to it.',
    tags: ['collections'],
    access: { scope: 'write' },
    body: Body,
    example: { name: 'Finance reports', readable_id: 'finance-reports' },
    response: CollectionAnswer,
    errors: [400, 503],
    handler: async ({ body, caller }) => {
      const collection = await createCollection(store, encoder, caller, {
        name: body.name,
        readableId: body.readable_id ?? null,
        syncConfig: body.sync_config ?? null,
      });
      return toCollectionAnswer(collection, encoder);
    },
  });
