import { documentsSource, getConnection, runConnection } from '../../../core/connections/index.ts';
import { AppError, SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionParams } from './connection-input.ts';
import { JobAnswer, toJobAnswer } from './job-answer.ts';
import type { FailureDependencies } from './list-failures.ts';

export const retryFailuresEndpoint = (dependencies: FailureDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/source-connections/{source_connection_id}/failures/retry',
    summary: 'Try failed documents again',
    description:
      'Begins a run that reads everything: what did not change costs nothing, and what failed is tried again.',
    tags: ['source connections'],
    access: { scope: 'write' },
    params: ConnectionParams,
    response: JobAnswer,
    errors: [400, 404, 409],
    handler: async ({ params, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      const { shortName } = await getConnection(dependencies, caller, id);
      if (shortName === documentsSource) {
        throw new AppError('invalid_request', 'Documents that were pushed and failed have to be pushed again.');
      }
      return toJobAnswer(await runConnection(dependencies, caller, id, { forceFull: true }));
    },
  });
