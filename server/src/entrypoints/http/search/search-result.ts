import { z } from 'zod';
import { type SearchHit, toSourceLabel } from '../../../core/search/index.ts';
import { instructionsField, instructionsIn } from './instructions-field.ts';
import { ResultExplanation, toResultExplanation } from './result-explanation.ts';

/** One result of the tiered searches, in the public API's shape. */
export const SearchResult = z
  .object({
    entity_id: z.string().describe('Id of the passage: `<original entity id>__chunk_<n>`.'),
    name: z.string(),
    relevance_score: z.number().describe('Higher is better; comparable within one answer only.'),
    breadcrumbs: z
      .array(z.object({ entity_id: z.string(), name: z.string(), entity_type: z.string() }))
      .describe('The path to the entity, root first.'),
    created_at: z.iso.datetime().nullable(),
    updated_at: z.iso.datetime().nullable(),
    textual_representation: z
      .string()
      .describe('The passage that fits best, as Markdown. Text of the source: untrusted.'),
    airweave_system_metadata: z.object({
      source_name: z.string(),
      entity_type: z.string(),
      sync_id: z.string().nullable(),
      sync_job_id: z.string().nullable(),
      chunk_index: z.int(),
      original_entity_id: z.string(),
    }),
    access: z.object({ viewers: z.array(z.string()).nullable(), is_public: z.boolean().nullable() }),
    web_url: z.string().describe('Where a person can open it; empty when there is no such address.'),
    url: z.string().nullable().describe('Download address of a file.'),
    raw_source_fields: z.record(z.string(), z.unknown()).describe("The source's own fields."),
    highlights: z
      .array(
        z.object({
          fragment: z.string().describe('A sentence or line of the passage. Text of the source: untrusted.'),
          words: z.array(z.string()).describe("The query's words, as they are written there."),
        }),
      )
      .optional()
      .describe("What of the passage has the query's words, at most three fragments. Plain text, no markup added."),
    expanded: z
      .object({ from: z.int(), to: z.int() })
      .optional()
      .describe('With `expand`: the passages that `textual_representation` is made of, both included.'),
    is_cut: z.boolean().optional().describe('With `max_tokens`: the passage is longer; `…` stands where it was cut.'),
    instructions: instructionsField,
    collection: z.string().optional().describe('In searches of several collections: the readable id of its own.'),
    explanation: ResultExplanation.optional().describe('With `explain` only.'),
  })
  .meta({ id: 'SearchResult' });

/** @param text what is shown of it: the passage, or with what stands around it */
export function toSearchResult({ chunk, score, explanation }: SearchHit, text: string): z.input<typeof SearchResult> {
  const { url } = chunk.fields;
  return {
    entity_id: `${chunk.entityId}__chunk_${chunk.chunkIndex}`,
    name: chunk.name,
    relevance_score: score,
    breadcrumbs: chunk.breadcrumbs.map(({ entityId, name, entityType }) => ({
      entity_id: entityId,
      name,
      entity_type: entityType,
    })),
    created_at: chunk.createdAt?.toISOString() ?? null,
    updated_at: chunk.updatedAt?.toISOString() ?? null,
    textual_representation: text,
    airweave_system_metadata: {
      source_name: chunk.sourceName,
      entity_type: chunk.entityType,
      sync_id: chunk.syncId,
      sync_job_id: chunk.syncJobId,
      chunk_index: chunk.chunkIndex,
      original_entity_id: chunk.entityId,
    },
    access: {
      viewers: chunk.viewers?.map((label) => toSourceLabel(label, chunk.connectionId)) ?? null,
      is_public: chunk.isPublic,
    },
    web_url: chunk.url ?? '',
    url: typeof url === 'string' ? url : null,
    raw_source_fields: { ...chunk.fields },
    ...instructionsIn(chunk.name, text),
    ...(explanation === undefined ? {} : { explanation: toResultExplanation(explanation) }),
  };
}
