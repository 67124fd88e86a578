import { type MoveDependencies, startIndexMove } from '../../../core/reindex/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { IndexMoveAnswer, toIndexMoveAnswer } from './index-move-answer.ts';

export const startIndexMoveEndpoint = (dependencies: MoveDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/index-move',
    summary: 'Move all indexes to the configured engine',
    description:
      'Rebuilds, in the background, the index of every collection that is not in the engine which the server is configured ' +
      'to use. Searches and syncs go on. Only for the operator of the server’s machine; `./weft migrate-index` asks for it.',
    tags: ['collections'],
    access: 'operator',
    timeoutMs: null,
    response: IndexMoveAnswer,
    status: 202,
    handler: async () => toIndexMoveAnswer(await startIndexMove(dependencies)),
  });
