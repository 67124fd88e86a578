import { z } from 'zod';
import { plainText } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { requireRateLimiting, type SourceRateLimitDependencies } from './require-rate-limiting.ts';

const maxLimit = 1_000_000;
const maxWindowSeconds = 86_400;

const SourceRateLimitAnswer = z
  .object({
    source_short_name: z.string(),
    limit: z.int(),
    window_seconds: z.int(),
    id: z.guid(),
    organization_id: z.guid(),
    created_at: z.iso.datetime(),
    modified_at: z.iso.datetime(),
  })
  .meta({ id: 'SourceRateLimit' });

export const SourceParams = z.object({ source_short_name: plainText({ min: 1, max: 100 }) });

export const putSourceRateLimitEndpoint = (dependencies: SourceRateLimitDependencies) =>
  defineEndpoint({
    method: 'PUT',
    path: '/source-rate-limits/{source_short_name}',
    summary: 'Set a source rate limit',
    description:
      'In no window are more requests sent to the source than the limit; syncs wait. It holds within 5 seconds, on all servers together. The name is not compared with the sources there are.',
    tags: ['source-rate-limits'],
    access: { role: 'owner_or_admin' },
    params: SourceParams,
    body: z.object({
      limit: z.int().min(1).max(maxLimit).describe('Requests in the window.'),
      window_seconds: z.int().min(1).max(maxWindowSeconds),
    }),
    response: SourceRateLimitAnswer,
    handler: async ({ params, body, caller }) => {
      await requireRateLimiting(dependencies, caller.scope);
      const limit = await dependencies.limits.put(caller.scope, params.source_short_name, {
        maxRequests: body.limit,
        windowSeconds: body.window_seconds,
      });
      return {
        source_short_name: limit.sourceName,
        limit: limit.maxRequests,
        window_seconds: limit.windowSeconds,
        id: limit.id,
        organization_id: caller.scope.organizationId,
        created_at: limit.createdAt.toISOString(),
        modified_at: limit.modifiedAt.toISOString(),
      };
    },
  });
