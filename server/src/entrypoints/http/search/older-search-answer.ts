import { z } from 'zod';
import { type SearchHit, toSourceLabel } from '../../../core/search/index.ts';
import { responseTypes } from './older-search-request.ts';
import type { OlderSearchOutcome } from './run-older-search.ts';

/** One result of the older search: what the tiers give, under other names. */
const OlderSearchResult = z
  .object({
    id: z.string().describe('Id of the passage in the index.'),
    score: z.number().describe('Higher is better; comparable within one answer only.'),
    entity_id: z.string(),
    name: z.string(),
    textual_representation: z.string().describe('Text of the source: untrusted.'),
    created_at: z.iso.datetime().nullable(),
    updated_at: z.iso.datetime().nullable(),
    breadcrumbs: z.array(z.object({ entity_id: z.string(), name: z.string(), entity_type: z.string() })),
    system_metadata: z.object({
      entity_type: z.string(),
      source_name: z.string().nullable(),
      sync_id: z.string().nullable(),
      sync_job_id: z.string().nullable(),
      original_entity_id: z.string().nullable(),
      chunk_index: z.int().nullable(),
    }),
    access: z.object({ is_public: z.boolean(), viewers: z.array(z.string()) }).nullable(),
    source_fields: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'OlderSearchResult' });

export const OlderSearchResponse = z
  .object({
    results: z.array(OlderSearchResult),
    completion: z
      .string()
      .nullable()
      .describe(
        'An answer in Markdown, `[n]` pointing at the n-th result; without a language model sentences of the results. Null where none was asked for.',
      ),
  })
  .meta({ id: 'SearchResponse' });

export const LegacySearchResponse = OlderSearchResponse.extend({
  response_type: z.enum(responseTypes),
  status: z.enum(['success', 'no_results']),
}).meta({ id: 'LegacySearchResponse' });

/** Headers of every answer in the legacy form. */
export const deprecationHeaders = {
  'X-API-Deprecation': 'true',
  'X-API-Deprecation-Message':
    'This form of search is deprecated; use POST /collections/{readable_id}/search/instant or /classic.',
} as const;

/** Headers of an answer to a request that asks for what is no longer there. */
export const removedFeatureHeaders = {
  'X-Feature-Removed': 'temporal_relevance',
  'X-Feature-Removed-Message': 'temporal_relevance has no effect; filter by created_at or updated_at instead.',
} as const;

export function toSearchResponse({ hits, completion }: OlderSearchOutcome): z.input<typeof OlderSearchResponse> {
  return { results: hits.map(toOlderResult), completion };
}

export function toLegacyResponse(
  { hits, completion }: OlderSearchOutcome,
  responseType: (typeof responseTypes)[number],
): z.input<typeof LegacySearchResponse> {
  return {
    results: hits.map(toOlderResult),
    response_type: responseType,
    completion,
    status: hits.length === 0 ? 'no_results' : 'success',
  };
}

/** An answer with headers of its own. */
export function toJsonResponse(body: object, headers: Readonly<Record<string, string>>): Response {
  return Response.json(body, { headers: { 'Cache-Control': 'no-store', ...headers } });
}

export function toOlderResult({ chunk, score }: SearchHit): z.input<typeof OlderSearchResult> {
  const hasAccess = chunk.viewers !== null || chunk.isPublic !== null;
  return {
    id: chunk.chunkId,
    score,
    entity_id: `${chunk.entityId}__chunk_${chunk.chunkIndex}`,
    name: chunk.name,
    textual_representation: chunk.text,
    created_at: chunk.createdAt?.toISOString() ?? null,
    updated_at: chunk.updatedAt?.toISOString() ?? null,
    breadcrumbs: chunk.breadcrumbs.map(({ entityId, name, entityType }) => ({
      entity_id: entityId,
      name,
      entity_type: entityType,
    })),
    system_metadata: {
      entity_type: chunk.entityType,
      source_name: chunk.sourceName,
      sync_id: chunk.syncId,
      sync_job_id: chunk.syncJobId,
      original_entity_id: chunk.entityId,
      chunk_index: chunk.chunkIndex,
    },
    access: hasAccess
      ? {
          is_public: chunk.isPublic ?? false,
          viewers: (chunk.viewers ?? []).map((label) => toSourceLabel(label, chunk.connectionId)),
        }
      : null,
    source_fields: { ...chunk.fields },
  };
}
