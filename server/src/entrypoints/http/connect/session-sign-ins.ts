import { getSessionConnection, requireMode } from '../../../core/connect/index.ts';
import { countEntities } from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { repeatSignIn, type SignInDependencies, verifySignIn } from '../../../core/sign-in/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { VerifySignInBody } from '../sign-in/verify-sign-in.ts';
import { ConnectionAnswer, toConnectionAnswer } from '../source-connections/connection-answer.ts';
import { SessionConnectionParams } from './read-session-connections.ts';

export const repeatSessionSignInEndpoint = (dependencies: SignInDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/connect/source-connections/{connection_id}/reinitiate-oauth',
    summary: 'Begin the sign-in of a source connection of a Connect session again',
    description:
      'For a connection that nobody has signed in to yet, or whose sign-in has expired. Its sync and documents stay.',
    tags: ['connect'],
    access: 'connect',
    params: SessionConnectionParams,
    response: ConnectionAnswer,
    errors: [400, 502],
    handler: async ({ params, caller }) => {
      requireMode(caller, ['all', 'connect', 'reauth']);
      const id = SourceConnectionId.parse(params.connection_id);
      await getSessionConnection(dependencies, caller, id);
      const { connection, claimToken } = await repeatSignIn(dependencies, caller, id);
      const entities = await countEntities(dependencies, caller, connection);
      return toConnectionAnswer(connection, entities, new Date(), claimToken);
    },
  });

export const verifySessionSignInEndpoint = (dependencies: SignInDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/connect/source-connections/{connection_id}/verify-oauth',
    summary: 'Finish the sign-in of a source connection of a Connect session',
    description: 'In the session that began it, and in no other. Then the first sync begins.',
    tags: ['connect'],
    access: 'connect',
    params: SessionConnectionParams,
    body: VerifySignInBody,
    response: ConnectionAnswer,
    errors: [400],
    handler: async ({ params, body, caller }) => {
      requireMode(caller, ['all', 'connect']);
      const id = SourceConnectionId.parse(params.connection_id);
      await getSessionConnection(dependencies, caller, id);
      const connection = await verifySignIn(dependencies, caller, id, body.claim_token);
      return toConnectionAnswer(connection, await countEntities(dependencies, caller, connection), new Date());
    },
  });
