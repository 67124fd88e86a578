import { z } from 'zod';
import {
  describeFilterFields,
  describeOwnField,
  resolveSearcher,
  type SearcherDependencies,
  type SearchStore,
} from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { collectionNotFound, findSearchable } from './find-searchable.ts';

export interface FilterSchemaDependencies extends SearcherDependencies {
  readonly store: Pick<SearchStore, 'findCollection' | 'describeContents' | 'sampleFields'>;
}

const FilterSchema = z
  .object({
    fields: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['text', 'date', 'number']),
        operators: z.array(z.string()),
        values: z
          .array(z.string())
          .optional()
          .describe('Every value there is in the collection; only of fields with few of them.'),
      }),
    ),
    custom_fields: z
      .array(
        z.object({
          name: z.string().describe('As results show it; `object.field` for the field of an object.'),
          filter_name: z.string().describe('As filters and facets name it.'),
          types: z.array(z.string()).describe('JSON types of the values seen, those in lists too.'),
          documents: z.int().describe('How many of the documents looked at have it.'),
          operators: z.array(z.string()).describe('Text is compared by order where it is an ISO 8601 date.'),
          examples: z.array(z.union([z.string(), z.number(), z.boolean()])).describe('Some values, at most 3.'),
        }),
      )
      .describe("The sources' own fields as seen in some documents, most frequent first, at most 200."),
    documents_looked_at: z.int().describe('The latest of the collection, at most 1,000.'),
  })
  .meta({ id: 'FilterSchema' });

/** Fields whose every value is told. */
const enumerated = {
  'airweave_system_metadata.source_name': 'sourceName',
  'airweave_system_metadata.entity_type': 'entityType',
} as const;

/** `GET /collections/{readable_id}/filter-schema`: what there is to filter by in this collection. */
export function getFilterSchemaEndpoint({ store, memberships }: FilterSchemaDependencies): Endpoint {
  return defineEndpoint({
    method: 'GET',
    path: '/collections/{readable_id}/filter-schema',
    summary: 'What a collection can be filtered by',
    description:
      'The fields of filters with their operators, the values of those with few, and the own fields of the sources.',
    tags: ['search'],
    access: { scope: 'search', collectionParam: 'readable_id', collectionNotFound },
    params: z.object({ readable_id: z.string() }),
    response: FilterSchema,
    errors: [404],
    handler: async ({ params, caller }) => {
      const collection = await findSearchable(store, caller.scope, params.readable_id);
      const principals = await resolveSearcher({ memberships }, caller, collection.id);
      const { types } = await store.describeContents(caller.scope, collection.id);
      const seen = await store.sampleFields(
        caller.scope,
        collection.id,
        principals === undefined ? {} : { principals },
      );
      return {
        fields: describeFilterFields().map((field) => {
          const { name, kind } = field;
          const operators = [...field.operators];
          if (!(name in enumerated)) return { name, kind, operators };
          const key = enumerated[name as keyof typeof enumerated];
          return { name, kind, operators, values: [...new Set(types.map((type) => type[key]))].toSorted() };
        }),
        custom_fields: seen.fields.map((field) => ({
          name: field.name,
          filter_name: describeOwnField(field).filterName,
          types: [...field.types],
          documents: field.documentCount,
          operators: [...describeOwnField(field).operators],
          examples: [...(field.examples ?? [])],
        })),
        documents_looked_at: seen.documentCount,
      };
    },
  });
}
