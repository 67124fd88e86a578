import { z } from 'zod';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { SourceAnswer } from './source-answer.ts';
import type { SourceCatalog } from './source-catalog.ts';

export const getSourceEndpoint = (catalog: SourceCatalog) =>
  defineEndpoint({
    method: 'GET',
    path: '/sources/{short_name}',
    summary: 'Get a source',
    tags: ['sources'],
    access: { scope: 'read' },
    params: z.object({ short_name: z.string() }),
    response: SourceAnswer,
    handler: async ({ params, caller }) => {
      const source = await catalog.find(caller.scope, params.short_name);
      if (source === undefined) throw new AppError('not_found', `Source '${params.short_name}' not found`);
      return source;
    },
  });
