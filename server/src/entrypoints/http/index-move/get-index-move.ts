import { getIndexMove, type MoveDependencies } from '../../../core/reindex/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { IndexMoveAnswer, toIndexMoveAnswer } from './index-move-answer.ts';

export const getIndexMoveEndpoint = (dependencies: MoveDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/index-move',
    summary: 'Get how many indexes are in the configured engine',
    description:
      'How far the move of all indexes to the configured engine is. Only for the operator of the server’s machine.',
    tags: ['collections'],
    access: 'operator',
    timeoutMs: null,
    response: IndexMoveAnswer,
    handler: async () => toIndexMoveAnswer(await getIndexMove(dependencies)),
  });
