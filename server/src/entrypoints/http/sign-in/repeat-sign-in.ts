import { countEntities } from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { repeatSignIn, type SignInDependencies } from '../../../core/sign-in/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionAnswer, toConnectionAnswer } from '../source-connections/connection-answer.ts';
import { ConnectionParams } from '../source-connections/connection-input.ts';

export const repeatSignInEndpoint = (dependencies: SignInDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/source-connections/{source_connection_id}/reinitiate-oauth',
    summary: 'Begin the sign-in of a source connection again',
    description:
      'For a connection that nobody has signed in to yet, or whose sign-in has expired. Its sync and documents stay.',
    tags: ['source connections'],
    access: { scope: 'write' },
    params: ConnectionParams,
    response: ConnectionAnswer,
    errors: [400, 404, 429, 502],
    handler: async ({ params, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      const { connection, claimToken } = await repeatSignIn(dependencies, caller, id);
      const entities = await countEntities(dependencies, caller, connection);
      return toConnectionAnswer(connection, entities, new Date(), claimToken);
    },
  });
