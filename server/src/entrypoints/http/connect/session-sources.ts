import { z } from 'zod';
import { allowsIntegration, requireIntegration } from '../../../core/connect/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { SourceAnswer } from '../sources/source-answer.ts';
import type { SourceCatalog } from '../sources/source-catalog.ts';

export const listSessionSourcesEndpoint = (catalog: SourceCatalog) =>
  defineEndpoint({
    method: 'GET',
    path: '/connect/sources',
    summary: 'List the sources of a Connect session',
    tags: ['connect'],
    access: 'connect',
    response: z.array(SourceAnswer),
    handler: async ({ caller }) => {
      const sources = await catalog.list(caller.scope);
      return sources.filter((source) => allowsIntegration(caller.session, source.short_name));
    },
  });

export const getSessionSourceEndpoint = (catalog: SourceCatalog) =>
  defineEndpoint({
    method: 'GET',
    path: '/connect/sources/{short_name}',
    summary: 'Get a source of a Connect session',
    tags: ['connect'],
    access: 'connect',
    params: z.object({ short_name: z.string() }),
    response: SourceAnswer,
    handler: async ({ params, caller }) => {
      requireIntegration(caller, params.short_name);
      const source = await catalog.find(caller.scope, params.short_name);
      if (source === undefined) throw new AppError('not_found', `Source '${params.short_name}' not found`);
      return source;
    },
  });
