import { z } from 'zod';
import type { ConnectorRegistry } from '../../../core/connections/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { SourceAnswer, toSourceAnswer } from './source-answer.ts';

export const listSourcesEndpoint = (connectors: ConnectorRegistry) =>
  defineEndpoint({
    method: 'GET',
    path: '/sources',
    summary: 'List sources',
    description: 'What can be connected, with the fields that each needs.',
    tags: ['sources'],
    access: { scope: 'read' },
    response: z.array(SourceAnswer),
    handler: () => connectors.list().map(toSourceAnswer),
  });
