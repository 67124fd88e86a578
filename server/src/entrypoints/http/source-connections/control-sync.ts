import {
  type ConnectionDependencies,
  confirmDeletions,
  countEntities,
  pauseConnection,
  rejectDeletions,
  resumeConnection,
} from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { ConnectionAnswer, toConnectionAnswer } from './connection-answer.ts';
import { ConnectionParams } from './connection-input.ts';

const actions = [
  {
    path: 'pause',
    act: pauseConnection,
    summary: 'Pause a sync',
    description: 'Nothing begins by itself until it is resumed. A run that is under way goes on.',
  },
  {
    path: 'resume',
    act: resumeConnection,
    summary: 'Resume a sync',
    description: 'A sync that was paused because of refused credentials is resumed by giving new ones.',
  },
  {
    path: 'deletions/confirm',
    act: confirmDeletions,
    summary: 'Confirm held deletions',
    description:
      'A full run that missed most documents deleted none. Confirmed, another full run begins, and what it misses too is deleted, unless that is more than was held.',
  },
  {
    path: 'deletions/reject',
    act: rejectDeletions,
    summary: 'Reject held deletions',
    description: 'The documents stay. A later full run that misses them asks again.',
  },
] as const;

/** What a person decides about a connection's sync; each answers with the connection as it is then. */
export function syncControlEndpoints(dependencies: ConnectionDependencies): readonly Endpoint[] {
  return actions.map(({ path, act, summary, description }) =>
    defineEndpoint({
      method: 'POST',
      path: `/source-connections/{source_connection_id}/${path}`,
      summary,
      description,
      tags: ['source connections'],
      access: { scope: 'write' },
      params: ConnectionParams,
      response: ConnectionAnswer,
      errors: [404, 409],
      handler: async ({ params, caller }) => {
        const connection = await act(dependencies, caller, SourceConnectionId.parse(params.source_connection_id));
        return toConnectionAnswer(connection, await countEntities(dependencies, caller, connection), new Date());
      },
    }),
  );
}
