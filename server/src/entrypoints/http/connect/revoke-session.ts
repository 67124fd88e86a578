import {
  type ConnectSessionDependencies,
  ConnectSessionId,
  revokeConnectSession,
} from '../../../core/connect/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { SessionParams } from './get-session.ts';
import { ConnectSessionAnswer, toSessionAnswer } from './session-answer.ts';

export const revokeSessionEndpoint = (dependencies: ConnectSessionDependencies) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/connect/sessions/{session_id}',
    summary: 'Revoke a Connect session',
    description: 'Its token is refused from now on, and its streams end. What was connected in it stays.',
    tags: ['connect'],
    access: { scope: 'write' },
    params: SessionParams,
    response: ConnectSessionAnswer,
    errors: [404],
    handler: async ({ params, caller }) =>
      toSessionAnswer(await revokeConnectSession(dependencies, caller, ConnectSessionId.parse(params.session_id))),
  });
