import { z } from 'zod';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectSessionAnswer, toSessionAnswer } from './session-answer.ts';

export const SessionParams = z.object({ session_id: z.guid() });

export const getSessionEndpoint = () =>
  defineEndpoint({
    method: 'GET',
    path: '/connect/sessions/{session_id}',
    summary: 'Get the Connect session of a token',
    tags: ['connect'],
    access: 'connect',
    params: SessionParams,
    response: ConnectSessionAnswer,
    handler: ({ params, caller }) => {
      if (params.session_id !== caller.session.id) {
        throw new AppError('forbidden', 'The token is of another session.');
      }
      return toSessionAnswer(caller.session);
    },
  });
