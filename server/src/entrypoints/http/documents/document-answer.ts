import { z } from 'zod';
import type { Document } from '../../../core/documents/index.ts';
import { toSourceLabel } from '../../../core/search/index.ts';

/** A document of a collection, whatever its source. */
export const DocumentAnswer = z
  .object({
    id: z.guid(),
    entity_id: z.string().describe("The source's id; for pushed documents the id they were pushed with."),
    name: z.string(),
    entity_type: z.string(),
    state: z
      .enum(['indexed', 'failed', 'pending', 'excluded'])
      .describe(
        'failed: the last try failed, `error` says why; an earlier version stays searchable. excluded: kept out of the index.',
      ),
    error: z.string().nullable(),
    tries: z.int().describe('Failed tries since the last success.'),
    error_blame: z
      .enum(['document', 'source', 'weft'])
      .nullable()
      .describe('Who is to blame for `error`: the document, which cannot be read, its source, or Weft.'),
    first_failed_at: z.iso.datetime().nullable().describe('Of the failed tries since the last success.'),
    last_failed_at: z.iso.datetime().nullable(),
    source_name: z.string(),
    source_connection_id: z.guid(),
    web_url: z.string().nullable(),
    breadcrumbs: z.array(z.object({ entity_id: z.string(), name: z.string(), entity_type: z.string() })),
    metadata: z.record(z.string(), z.unknown()),
    access: z.object({ viewers: z.array(z.string()), is_public: z.boolean() }).nullable(),
    chunk_count: z.int(),
    size_bytes: z.int().nullable(),
    mime_type: z.string().nullable(),
    created_at: z.iso.datetime().nullable(),
    updated_at: z.iso.datetime().nullable(),
    indexed_at: z.iso.datetime().nullable(),
    left_out: z
      .object({ is_truncated: z.boolean(), hidden_characters: z.int() })
      .describe('What of the text is not indexed: its end, where it is too long, and what no reader of it sees.'),
  })
  .meta({ id: 'Document' });

export function toDocumentAnswer(document: Document): z.input<typeof DocumentAnswer> {
  return {
    id: document.id,
    entity_id: document.entityId,
    name: document.name,
    entity_type: document.entityType,
    state: document.state,
    error: document.error,
    tries: document.tries,
    error_blame: document.errorBlame,
    first_failed_at: document.firstFailedAt?.toISOString() ?? null,
    last_failed_at: document.lastFailedAt?.toISOString() ?? null,
    source_name: document.sourceName,
    source_connection_id: document.sourceConnectionId,
    web_url: document.url,
    breadcrumbs: document.breadcrumbs.map(({ entityId, name, entityType }) => ({
      entity_id: entityId,
      name,
      entity_type: entityType,
    })),
    metadata: { ...document.metadata },
    access:
      document.access === null
        ? null
        : {
            viewers: document.access.viewers.map((label) => toSourceLabel(label, document.sourceConnectionId)),
            is_public: document.access.isPublic,
          },
    chunk_count: document.chunkCount,
    size_bytes: document.sizeBytes,
    mime_type: document.mimeType,
    created_at: document.createdAt?.toISOString() ?? null,
    updated_at: document.updatedAt?.toISOString() ?? null,
    indexed_at: document.indexedAt?.toISOString() ?? null,
    left_out: {
      is_truncated: document.leftOut.isTruncated,
      hidden_characters: document.leftOut.hiddenCharacters,
    },
  };
}
