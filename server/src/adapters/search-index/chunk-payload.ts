import { z } from 'zod';
import type { IndexChunk } from '../../core/search/search-index.ts';
import { DocumentId, type JsonObject, SourceConnectionId, SyncId } from '../../core/shared/index.ts';

const Instant = z
  .string()
  .nullable()
  .transform((value) => (value === null ? null : new Date(value)));

const Payload = z.object({
  chunkId: z.string(),
  documentId: DocumentId,
  version: z.number(),
  connectionId: SourceConnectionId,
  syncId: SyncId,
  syncJobId: z.string(),
  sourceName: z.string(),
  entityId: z.string(),
  entityType: z.string(),
  name: z.string(),
  breadcrumbs: z.array(z.object({ entityId: z.string(), name: z.string(), entityType: z.string() })),
  url: z.string().nullable(),
  createdAt: Instant,
  updatedAt: Instant,
  chunkIndex: z.number(),
  chunkCount: z.number(),
  headings: z.array(z.string()),
  text: z.string(),
  viewers: z.array(z.string()).nullable(),
  isPublic: z.boolean().nullable(),
  fields: z.record(z.string(), z.json()),
});

/** The row as JSON, without its vector: all that reading it back needs, in one value. */
export function toPayload(chunk: IndexChunk): string {
  const { vector: _, ...payload } = chunk;
  return JSON.stringify(payload);
}

/** Reads what `toPayload` wrote. */
export function fromPayload(payload: string): Omit<IndexChunk, 'vector'> {
  const { fields, ...rest } = Payload.parse(JSON.parse(payload));
  return { ...rest, fields: fields as JsonObject };
}
