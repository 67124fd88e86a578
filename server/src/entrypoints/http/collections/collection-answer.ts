import { z } from 'zod';
import {
  type Collection,
  type CollectionEncoder,
  type ConnectionSummary,
  collectionStatuses,
  needsReindex,
  SyncConfig,
} from '../../../core/collections/index.ts';

/** A collection as the API shows it. */
export const CollectionAnswer = z
  .object({
    name: z.string(),
    readable_id: z.string(),
    id: z.guid(),
    sync_config: SyncConfig.nullable(),
    created_at: z.iso.datetime(),
    modified_at: z.iso.datetime(),
    organization_id: z.guid(),
    created_by_email: z.string().nullable().describe('Null when an API key made it.'),
    modified_by_email: z.string().nullable(),
    status: z
      .enum(collectionStatuses)
      .describe(
        'NEEDS_SOURCE: no source connections yet; ACTIVE: all healthy; PARTIAL_ERROR: some failing, others working; ERROR: all failing.',
      ),
    vector_size: z.int(),
    embedding_model_name: z.string().describe('The model that its index was made with.'),
    needs_reindex: z
      .boolean()
      .describe(
        'The server has another embedding model by now: searches go by words alone until `POST /collections/{readable_id}/reindex`.',
      ),
    source_connection_summaries: z
      .array(z.object({ short_name: z.string(), name: z.string() }))
      .describe('Filled by the list of collections only.'),
  })
  .meta({ id: 'Collection' });

export function toCollectionAnswer(
  collection: Collection,
  encoder: CollectionEncoder,
  connections: readonly ConnectionSummary[] = [],
): z.input<typeof CollectionAnswer> {
  return {
    name: collection.name,
    readable_id: collection.readableId,
    id: collection.id,
    sync_config: collection.syncConfig,
    created_at: collection.createdAt.toISOString(),
    modified_at: collection.modifiedAt.toISOString(),
    organization_id: collection.organizationId,
    created_by_email: collection.createdByEmail,
    modified_by_email: collection.modifiedByEmail,
    status: collection.status,
    vector_size: collection.dimensions,
    embedding_model_name: collection.encoderName,
    needs_reindex: needsReindex(collection, encoder),
    source_connection_summaries: connections.map(({ shortName, name }) => ({ short_name: shortName, name })),
  };
}
