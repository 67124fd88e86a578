import { z } from 'zod';
import { type Reindex, reindexStatuses } from '../../../core/reindex/index.ts';

export const ReindexAnswer = z.object({
  id: z.string(),
  status: z.enum(reindexStatuses),
  generation: z.number().int().describe('Number of the index that is built.'),
  documents_total: z.number().int(),
  documents_done: z.number().int(),
  documents_failed: z
    .number()
    .int()
    .describe('Documents whose record is missing or could not be read. What was indexed of them stays searchable.'),
  error: z.string().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  swapped_at: z.string().nullable().describe('When searches began to read the new index.'),
  ended_at: z.string().nullable(),
});

export function toReindexAnswer(reindex: Reindex): z.output<typeof ReindexAnswer> {
  return {
    id: reindex.id,
    status: reindex.status,
    generation: reindex.generation,
    documents_total: reindex.documentsTotal,
    documents_done: reindex.documentsDone,
    documents_failed: reindex.documentsFailed,
    error: reindex.error,
    created_at: reindex.createdAt.toISOString(),
    started_at: reindex.startedAt?.toISOString() ?? null,
    swapped_at: reindex.swappedAt?.toISOString() ?? null,
    ended_at: reindex.endedAt?.toISOString() ?? null,
  };
}
