import { z } from 'zod';
import {
  type DocumentFinder,
  type FacetField,
  FilterGroups,
  maxFacetText,
  parseFacetField,
  resolveSearcher,
  type SearcherDependencies,
  type SearchStore,
  warnOfUnknownFields,
} from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { AsUser } from './as-user.ts';
import { collectionNotFound, findSearchable } from './find-searchable.ts';

export interface CountFacetsDependencies extends SearcherDependencies {
  readonly store: Pick<SearchStore, 'findCollection' | 'sampleFields'>;
  readonly documents: Pick<DocumentFinder, 'count' | 'facets'>;
}

const FacetFieldName = z.string().transform((written, context): FacetField => {
  const parsed = parseFacetField(written);
  if ('field' in parsed) return parsed.field;
  context.issues.push({ code: 'custom', message: parsed.problem, input: written });
  return z.NEVER;
});

const FacetsRequest = z
  .object({
    fields: z
      .array(FacetFieldName)
      .min(1)
      .max(20)
      .meta({ description: 'Fields to count by, as filters name them: `raw_source_fields.<name>` for own fields.' }),
    filter: FilterGroups.meta({ description: 'Which documents to count; all without one.' }),
    values_per_field: z.int().min(1).max(100).default(10),
    as_user: AsUser,
  })
  .meta({ id: 'FacetsRequest' });

const FacetsResponse = z
  .object({
    documents: z.int().describe('How many documents the filter lets through.'),
    facets: z.array(
      z.object({
        field: z.string(),
        values: z
          .array(z.object({ value: z.union([z.string(), z.number(), z.boolean()]), count: z.int() }))
          .describe(
            `Most frequent first. A document with a list counts for each of its values. Text of more than ${maxFacetText} characters is left out.`,
          ),
        has_more: z.boolean().describe('There are more values than `values_per_field`.'),
      }),
    ),
    warnings: z.array(z.string()).describe('Where nothing was counted: what is probably wrong with the filter.'),
  })
  .meta({ id: 'FacetsResponse' });

/** `POST /collections/{readable_id}/facets`: how many documents have which values. */
export function countFacetsEndpoint({ store, documents, memberships }: CountFacetsDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/facets',
    summary: 'Count documents by the values of fields',
    description:
      'Exact counts over the documents that the searcher may see and the filter lets through: sources, classes, and the own fields of the sources.',
    tags: ['search'],
    access: { scope: 'search', collectionParam: 'readable_id', collectionNotFound },
    params: z.object({ readable_id: z.string() }),
    body: FacetsRequest,
    example: { fields: ['airweave_system_metadata.source_name'] },
    response: FacetsResponse,
    errors: [404],
    handler: async ({ params, body, caller }) => {
      const collection = await findSearchable(store, caller.scope, params.readable_id);
      const principals = await resolveSearcher({ memberships }, caller, collection.id, body.as_user);
      const selection = {
        ...(body.filter === undefined ? {} : { filter: body.filter }),
        ...(principals === undefined ? {} : { principals }),
      };
      const request = { fields: [...new Set(body.fields)], valuesPerField: body.values_per_field };
      const [count, facets] = await Promise.all([
        documents.count(caller.scope, collection.id, selection),
        documents.facets(caller.scope, collection.id, selection, request),
      ]);
      const warnings =
        count > 0 ? [] : await warnOfUnknownFields(store, caller.scope, collection.id, body.filter, principals);
      return {
        documents: count,
        facets: facets.map(({ field, values, isCut }) => ({ field, values: [...values], has_more: isCut })),
        warnings: [...warnings],
      };
    },
  });
}
