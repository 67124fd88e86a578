import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { requireRateLimiting, type SourceRateLimitDependencies } from './require-rate-limiting.ts';

const SourceRateLimitListItem = z
  .object({
    source_short_name: z.string(),
    rate_limit_level: z
      .enum(['org', 'connection'])
      .nullable()
      .describe('What shares a limit: the organization, or each connection. Null: requests are never limited.'),
    limit: z.int().nullable().describe('Requests in the window; null: none is set.'),
    window_seconds: z.int().nullable(),
    id: z.guid().nullable(),
  })
  .meta({ id: 'SourceRateLimitListItem' });

export const listSourceRateLimitsEndpoint = (dependencies: SourceRateLimitDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-rate-limits',
    summary: 'List source rate limits',
    description: 'Every source, those that can be limited first, then by name.',
    tags: ['source-rate-limits'],
    access: { scope: 'read' },
    response: z.array(SourceRateLimitListItem),
    handler: async ({ caller }) => {
      await requireRateLimiting(dependencies, caller.scope);
      const limits = new Map((await dependencies.limits.list(caller.scope)).map((limit) => [limit.sourceName, limit]));
      return dependencies.connectors
        .list()
        .map(({ shortName, rateLimitLevel = null }) => {
          const limit = limits.get(shortName);
          return {
            source_short_name: shortName,
            rate_limit_level: rateLimitLevel,
            limit: limit?.maxRequests ?? null,
            window_seconds: limit?.windowSeconds ?? null,
            id: limit?.id ?? null,
          };
        })
        .toSorted((a, b) => {
          const isLimitedFirst = Number(b.rate_limit_level !== null) - Number(a.rate_limit_level !== null);
          return isLimitedFirst || (a.source_short_name < b.source_short_name ? -1 : 1);
        });
    },
  });
