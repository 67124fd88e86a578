import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { SourceParams } from './put-source-rate-limit.ts';
import { requireRateLimiting, type SourceRateLimitDependencies } from './require-rate-limiting.ts';

export const deleteSourceRateLimitEndpoint = (dependencies: SourceRateLimitDependencies) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/source-rate-limits/{source_short_name}',
    summary: 'Remove a source rate limit',
    description: 'Also where there is none.',
    tags: ['source-rate-limits'],
    access: { role: 'owner_or_admin' },
    params: SourceParams,
    response: z.null(),
    status: 204,
    handler: async ({ params, caller }) => {
      await requireRateLimiting(dependencies, caller.scope);
      await dependencies.limits.delete(caller.scope, params.source_short_name);
      return null;
    },
  });
