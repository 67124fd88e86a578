import { z } from 'zod';
import { countEntities } from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { type SignInDependencies, verifySignIn } from '../../../core/sign-in/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionAnswer, toConnectionAnswer } from '../source-connections/connection-answer.ts';
import { ConnectionParams } from '../source-connections/connection-input.ts';

export const VerifySignInBody = z.object({
  claim_token: z.string().max(1_000).describe('From the answer that began the sign-in.'),
});

export const verifySignInEndpoint = (dependencies: SignInDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/source-connections/{source_connection_id}/verify-oauth',
    summary: 'Finish the sign-in of a source connection',
    description: 'Proves that whoever began the sign-in also finishes it; then the first sync begins.',
    tags: ['source connections'],
    access: { scope: 'write' },
    params: ConnectionParams,
    body: VerifySignInBody,
    response: ConnectionAnswer,
    errors: [400, 403, 404],
    handler: async ({ params, body, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      const connection = await verifySignIn(dependencies, caller, id, body.claim_token);
      return toConnectionAnswer(connection, await countEntities(dependencies, caller, connection), new Date());
    },
  });
