import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { SourceAnswer } from './source-answer.ts';
import type { SourceCatalog } from './source-catalog.ts';

export const listSourcesEndpoint = (catalog: SourceCatalog) =>
  defineEndpoint({
    method: 'GET',
    path: '/sources',
    summary: 'List sources',
    description: 'What can be connected, with the fields that each needs.',
    tags: ['sources'],
    access: { scope: 'read' },
    response: z.array(SourceAnswer),
    handler: async ({ caller }) => [...(await catalog.list(caller.scope))],
  });
