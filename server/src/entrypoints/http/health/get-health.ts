import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';

export const getHealthEndpoint = () =>
  defineEndpoint({
    method: 'GET',
    path: '/health',
    summary: 'Check health',
    description: 'The process answers.',
    tags: ['health'],
    access: 'public',
    response: z.object({ status: z.literal('healthy') }),
    handler: () => ({ status: 'healthy' as const }),
  });
