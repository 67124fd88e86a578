import { z } from 'zod';
import { documentOrders, listDocuments } from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { maxTokensField } from '../search/present-results.ts';
import {
  type AgentToolDependencies,
  ToolDocument,
  targetFields,
  toolAccess,
  toolParams,
  toTarget,
  toToolDependencies,
  toToolDocument,
} from './tool-target.ts';

const ListRequest = z
  .object({
    ...targetFields,
    order: z.enum(documentOrders).default('newest'),
    limit: z.int().min(1).max(1000).default(50),
    offset: z.int().min(0).max(10_000_000).default(0),
    max_tokens: maxTokensField,
  })
  .meta({ id: 'ListRequest' });

const ListResponse = z
  .object({
    documents: z.array(ToolDocument),
    total: z.int().describe('How many match in all.'),
    next_offset: z.int().nullable().describe('The `offset` of the next call; null at the end.'),
  })
  .meta({ id: 'ListResponse' });

/** `POST /collections/{readable_id}/list`: documents by what is known of them. */
export function listEndpoint(deps: AgentToolDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/list',
    summary: 'List documents by their metadata',
    description: 'Every document that a filter lets through, newest, oldest or by name, and how many there are.',
    tags: ['search'],
    access: toolAccess,
    params: toolParams,
    body: ListRequest,
    example: { order: 'newest', limit: 10 },
    response: ListResponse,
    handler: async ({ params, body, caller }) => {
      const target = await toTarget(deps, caller, params.readable_id, body);
      const { order, offset, limit } = body;
      const { documents, total } = await listDocuments(toToolDependencies(deps), target, { order, offset, limit });
      const shown = fit(documents.map(toToolDocument), body.max_tokens ?? Number.POSITIVE_INFINITY);
      const end = offset + shown.length;
      return { documents: shown, total, next_offset: shown.length > 0 && end < total ? end : null };
    },
  });
}

/** From the first, so that the next page begins where this one ends; one at least, or no call would get further. */
function fit(documents: z.input<typeof ToolDocument>[], maxTokens: number): z.input<typeof ToolDocument>[] {
  let left = maxTokens;
  const end = documents.findIndex((document, place) => {
    left -= Math.ceil(JSON.stringify(document).length / 3);
    return left < 0 && place > 0;
  });
  return end === -1 ? documents : documents.slice(0, end);
}
