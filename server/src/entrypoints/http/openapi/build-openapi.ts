import type { z } from 'zod';
import type { Endpoint } from '../endpoint.ts';
import { describeErrors, errorSchemas } from './error-schemas.ts';
import { type JsonSchema, SchemaCollector } from './json-schema.ts';
import { tagDescriptions } from './tag-descriptions.ts';

/** Describes the endpoints as an OpenAPI 3.1 document, from the same schemas that parse their requests. Pages are left out. */
export function buildOpenApi(endpoints: readonly Endpoint[], version: string): object {
  const schemas = new SchemaCollector();
  const described = endpoints.filter((endpoint) => !endpoint.isPage);
  for (const endpoint of described) schemas.add(endpoint.response, 'output');
  const paths: Record<string, Record<string, object>> = {};
  for (const endpoint of described) {
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method.toLowerCase()]: describeOperation(endpoint, schemas),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weft',
      version,
      description: 'Connects agents to the places where people keep things.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This server' }],
    tags: [...new Set(described.flatMap((endpoint) => endpoint.tags))].map((name) => ({
      name,
      ...(tagDescriptions[name] === undefined ? {} : { description: tagDescriptions[name] }),
    })),
    paths,
    components: {
      schemas: { ...Object.fromEntries(schemas.components), ...errorSchemas },
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, for clients that only send bearer tokens.',
        },
        connectSession: { type: 'http', scheme: 'bearer', description: 'The token of a Connect session.' },
      },
    },
  };
}

function describeOperation(endpoint: Endpoint, schemas: SchemaCollector): object {
  const parameters = [
    ...describeParameters(endpoint.params, 'path', schemas),
    ...describeParameters(endpoint.query, 'query', schemas),
    ...describeParameters(endpoint.headers, 'header', schemas),
    ...(endpoint.access === 'public' || endpoint.access === 'connect' ? [] : identityHeaders),
  ];
  return {
    operationId: toOperationId(endpoint.summary),
    summary: endpoint.summary,
    ...(endpoint.description === undefined ? {} : { description: endpoint.description }),
    tags: endpoint.tags,
    security: securityOf(endpoint),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...describeBody(endpoint, schemas),
    responses: { ...describeSuccess(endpoint, schemas), ...describeErrors(endpoint) },
  };
}

function securityOf({ access }: Endpoint): readonly object[] {
  if (access === 'public') return [];
  // Without authentication (on loopback) none is asked for, hence the empty alternative.
  return access === 'connect' ? [{ connectSession: [] }] : [{ apiKey: [] }, { bearer: [] }, {}];
}

function describeSuccess(endpoint: Endpoint, schemas: SchemaCollector): object {
  const json = schemas.add(endpoint.response, 'output');
  const content = Object.fromEntries(
    endpoint.produces.map((type) => [type, { schema: type === 'application/json' ? json : schemaOf(type) }]),
  );
  const statuses = [endpoint.status, ...(endpoint.otherStatus === undefined ? [] : [endpoint.otherStatus])];
  return Object.fromEntries(
    statuses.map((status) => {
      if (status === 204) return [status, { description: 'Done' }];
      // A redirect says where to go, in its Location.
      return [status, status >= 300 ? { description: 'Redirect' } : { description: 'Success', content }];
    }),
  );
}

function schemaOf(contentType: string): object {
  if (contentType === 'text/event-stream') return oneEvent;
  return contentType.startsWith('text/') ? { type: 'string' } : { type: 'string', format: 'binary' };
}

/** OpenAPI 3.1 has no word for a stream's events; this is how 3.2 describes one. */
const oneEvent = {
  type: 'object',
  description: 'One of the events.',
  properties: { data: { type: 'string', description: 'One JSON object.' } },
  required: ['data'],
};

const identityHeaders = ['X-API-Key', 'X-Organization-ID'].map((name) => ({
  name,
  in: 'header',
  required: false,
  schema: { type: ['string', 'null'] },
}));

function describeParameters(
  schema: z.ZodType | undefined,
  where: 'path' | 'query' | 'header',
  schemas: SchemaCollector,
) {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemas.add(schema, 'input') as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: property,
    ...(where === 'path' && pathExamples[name] !== undefined ? { example: pathExamples[name] } : {}),
  }));
}

/** Ids that readers and programs take for what they stand for. */
const pathExamples: Readonly<Record<string, string>> = { readable_id: 'finance-data', short_name: 'files' };

function describeBody(endpoint: Endpoint, schemas: SchemaCollector): object {
  if (endpoint.body === undefined && endpoint.uploads.length === 0) return {};
  const example = endpoint.example === undefined ? {} : { example: endpoint.example };
  const json = endpoint.body && { 'application/json': { schema: schemas.add(endpoint.body, 'input'), ...example } };
  const uploads = endpoint.uploads.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]);
  const isRequired = endpoint.body === undefined || !endpoint.body.safeParse(undefined).success;
  return { requestBody: { required: isRequired, content: { ...json, ...Object.fromEntries(uploads) } } };
}

/** `List API keys` gives `list_api_keys`. */
function toOperationId(summary: string): string {
  return summary
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
}
