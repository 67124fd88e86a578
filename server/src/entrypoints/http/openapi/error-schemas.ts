import type { Endpoint } from '../endpoint.ts';

/** Of one error: a text for people. */
const ErrorBody = { type: 'object', properties: { detail: { type: 'string' } }, required: ['detail'] };

const ValidationErrorBody = {
  type: 'object',
  properties: {
    errors: {
      type: 'array',
      description: 'One object per problem: its place, such as `body.name`, with what is wrong.',
      items: { type: 'object', additionalProperties: { type: 'string' } },
    },
    detail: {
      type: 'array',
      description: 'The same problems in parts.',
      items: {
        type: 'object',
        properties: {
          loc: { type: 'array', items: { type: ['string', 'integer'] } },
          msg: { type: 'string' },
          type: { type: 'string' },
        },
        required: ['loc', 'msg', 'type'],
      },
    },
  },
  required: ['errors', 'detail'],
};

export const errorSchemas = { Error: ErrorBody, ValidationError: ValidationErrorBody };

const reasons: Readonly<Record<number, string>> = {
  400: 'The request cannot be carried out as it is',
  401: 'Authentication is missing',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflicts with the current state',
  410: 'No longer there',
  413: 'The body is too large',
  422: 'The request does not fit the schema',
  431: 'The address and headers are longer than 64 KiB',
  429: 'Too many requests; Retry-After says when to try again',
  500: 'Something unexpected failed',
  502: 'A service that is needed failed',
  503: 'Not available now',
  504: 'It took too long',
};

/** The error responses that follow from an endpoint's access rule and input, with those that it names itself. */
export function describeErrors(endpoint: Endpoint): Readonly<Record<string, object>> {
  const statuses = new Set(endpoint.errors);
  const { access } = endpoint;
  if (access !== 'public') for (const status of [401, 403, 429]) statuses.add(status);
  // Of the organisation that a header may name: that it is no id, and that there is none.
  if (!['public', 'user', 'connect'].includes(String(access))) for (const status of [400, 404]) statuses.add(status);
  if (endpoint.params !== undefined) statuses.add(404);
  if (endpoint.body !== undefined || endpoint.uploads.length > 0) statuses.add(413);
  if (endpoint.access === 'connect' || (endpoint.params ?? endpoint.query ?? endpoint.body)) statuses.add(422);
  if (endpoint.query !== undefined) statuses.add(431);
  return Object.fromEntries([...statuses].toSorted((a, b) => a - b).map((status) => [status, describeError(status)]));
}

function describeError(status: number): object {
  // Node's own answer, without a body.
  if (status === 431) return { description: reasons[status] };
  const error = { $ref: '#/components/schemas/Error' };
  // What breaks a rule beyond the schema is told as any other error.
  const schema = status === 422 ? { anyOf: [{ $ref: '#/components/schemas/ValidationError' }, error] } : error;
  return { description: reasons[status] ?? 'Failed', content: { 'application/json': { schema } } };
}
