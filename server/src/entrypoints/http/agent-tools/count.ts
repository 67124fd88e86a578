import { z } from 'zod';
import { countDocuments, parseCountField } from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import {
  type AgentToolDependencies,
  targetFields,
  toolAccess,
  toolParams,
  toTarget,
  toToolDependencies,
} from './tool-target.ts';

const maxFields = 20;

const CountFieldName = z.string().transform((written, context) => {
  const parsed = parseCountField(written);
  if ('field' in parsed) return parsed.field;
  context.issues.push({ code: 'custom', message: parsed.problem, input: written });
  return z.NEVER;
});

const CountRequest = z
  .object({
    ...targetFields,
    by: z
      .array(CountFieldName)
      .max(maxFields)
      .default([])
      .describe(
        'Fields to count by, as filters name them, such as `airweave_system_metadata.source_name` or `raw_source_fields.status`; `created_at` and `updated_at` count by day, in UTC.',
      ),
    values_per_field: z.int().min(1).max(100).default(20),
  })
  .meta({ id: 'CountRequest' });

const CountResponse = z
  .object({
    count: z.int().describe('Documents that match.'),
    groups: z.array(
      z.object({
        field: z.string(),
        values: z
          .array(z.object({ value: z.union([z.string(), z.number(), z.boolean()]), count: z.int() }))
          .describe('Most first.'),
        is_cut: z.boolean().describe('There are more values.'),
      }),
    ),
  })
  .meta({ id: 'CountResponse' });

/** `POST /collections/{readable_id}/count`: how many documents, and how many of each kind. */
export function countEndpoint(deps: AgentToolDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/count',
    summary: 'Count documents',
    description: 'Exact, of all that the caller may see: for questions of "how many" and "is that all".',
    tags: ['search'],
    access: toolAccess,
    params: toolParams,
    body: CountRequest,
    example: { by: ['airweave_system_metadata.source_name'] },
    response: CountResponse,
    handler: async ({ params, body, caller }) => {
      const target = await toTarget(deps, caller, params.readable_id, body);
      const request = { by: [...new Set(body.by)], valuesPerField: body.values_per_field };
      const { count, groups } = await countDocuments(toToolDependencies(deps), target, request);
      return {
        count,
        groups: groups.map(({ field, values, isCut }) => ({
          field,
          values: values.map(({ value, count: documents }) => ({ value, count: documents })),
          is_cut: isCut,
        })),
      };
    },
  });
}
