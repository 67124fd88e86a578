import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { checkReadiness, type Readiness } from './readiness.ts';

const Answer = z.object({
  status: z.enum(['ready', 'not_ready']),
  checks: z.record(
    z.string(),
    z.object({
      status: z.enum(['up', 'down', 'skipped']),
      latency_ms: z.number().nullable(),
      error: z.string().nullable(),
    }),
  ),
});

export const getReadinessEndpoint = (readiness: Readiness) =>
  defineEndpoint({
    method: 'GET',
    path: '/health/ready',
    summary: 'Check readiness',
    description: 'Whether the server can take requests: 503 while something it needs is down, and while it shuts down.',
    tags: ['health'],
    access: 'public',
    response: Answer,
    errors: [503],
    handler: async () => {
      const { isReady, checks } = await checkReadiness(readiness);
      const body: z.input<typeof Answer> = { status: isReady ? 'ready' : 'not_ready', checks };
      // The body of the 503 is this one, not an error's.
      return isReady ? body : Response.json(body, { status: 503 });
    },
  });
