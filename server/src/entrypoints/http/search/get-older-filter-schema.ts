import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';

const conditions = { type: 'array', items: { $ref: '#/$defs/FieldCondition' } } as const;
const bound = { anyOf: [{ type: 'number' }, { type: 'string', format: 'date-time' }] } as const;
const schema = {
  title: 'Filter',
  type: 'object',
  properties: {
    must: { ...conditions, description: 'All of these hold.' },
    must_not: { ...conditions, description: 'None of these holds.' },
    should: { ...conditions, description: 'At least one of these holds, or as many as `minimum_should_match` says.' },
    minimum_should_match: { type: 'integer', minimum: 0 },
  },
  additionalProperties: false,
  $defs: {
    FieldCondition: {
      type: 'object',
      properties: {
        key: { type: 'string', description: 'The field, such as `source_name` or `created_at`.' },
        match: {
          type: 'object',
          properties: {
            value: { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
            any: { type: 'array', description: 'One of these.' },
            except: { type: 'array', description: 'None of these.' },
          },
        },
        range: { type: 'object', properties: { gt: bound, gte: bound, lt: bound, lte: bound } },
        is_null: { type: 'boolean' },
        is_empty: { type: 'boolean' },
      },
      required: ['key'],
    },
  },
} as const;

/** `GET /collections/internal/filter-schema`: how the older search's filter is written, for anyone, as a JSON Schema. */
export function getOlderFilterSchemaEndpoint(): Endpoint {
  return defineEndpoint({
    method: 'GET',
    path: '/collections/internal/filter-schema',
    summary: 'JSON Schema of the older filter',
    tags: ['search'],
    access: 'public',
    response: z.record(z.string(), z.unknown()),
    handler: () => schema,
  });
}
