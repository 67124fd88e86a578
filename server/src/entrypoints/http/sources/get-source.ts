import { z } from 'zod';
import type { ConnectorRegistry } from '../../../core/connections/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { SourceAnswer, toSourceAnswer } from './source-answer.ts';

export const getSourceEndpoint = (connectors: ConnectorRegistry) =>
  defineEndpoint({
    method: 'GET',
    path: '/sources/{short_name}',
    summary: 'Get a source',
    tags: ['sources'],
    access: { scope: 'read' },
    params: z.object({ short_name: z.string() }),
    response: SourceAnswer,
    handler: ({ params }) => {
      const connector = connectors.find(params.short_name);
      if (connector === undefined) throw new AppError('not_found', `Source '${params.short_name}' not found`);
      return toSourceAnswer(connector);
    },
  });
