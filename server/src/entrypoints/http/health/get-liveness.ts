import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';

export const getLivenessEndpoint = () =>
  defineEndpoint({
    method: 'GET',
    path: '/health/live',
    summary: 'Check liveness',
    tags: ['health'],
    access: 'public',
    response: z.object({ status: z.literal('alive') }),
    handler: () => ({ status: 'alive' as const }),
  });
