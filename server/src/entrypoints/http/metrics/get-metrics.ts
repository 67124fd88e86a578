import type { Registry } from 'prom-client';
import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';

export const getMetricsEndpoint = (registry: Registry) =>
  defineEndpoint({
    method: 'GET',
    path: '/metrics',
    summary: 'Get metrics',
    description: 'Prometheus text format. For processes on this machine, or with a key of the scope `admin`.',
    tags: ['health'],
    access: 'loopback_or_admin',
    response: z.string(),
    produces: ['text/plain'],
    handler: async () => new Response(await registry.metrics(), { headers: { 'Content-Type': registry.contentType } }),
  });
