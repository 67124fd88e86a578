import { z } from 'zod';
import { modelTasks } from '../../../core/language-models/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { ModelDependencies } from './list-models.ts';
import { ModelTestAnswer, toModelTestAnswer } from './model-answer.ts';

const Body = z
  .strictObject({
    task: z
      .enum([...modelTasks, 'embedding'])
      .optional()
      .describe('Only the models of this task, or the embedding model; default: all.'),
  })
  .optional();

export const testModelsEndpoint = ({ catalog, embedding }: ModelDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/models/test',
    summary: 'Test models',
    description:
      'Sends a tiny request to each configured language model and to the embedding model, also to those that are passed over after failures, and says ' +
      'what is wrong with a setting. Costs a few hundred tokens for each model.',
    tags: ['models'],
    access: { scope: 'admin' },
    body: Body,
    // Three calls of 20 s each at worst, to all models at once.
    timeoutMs: 70_000,
    response: z.object({
      models: z.array(ModelTestAnswer),
      embedding: ModelTestAnswer.nullable()
        .optional()
        .describe('Absent when it was not asked; null when there is none.'),
    }),
    handler: async ({ body, signal }) => {
      const task = body?.task;
      const asksEmbedding = embedding !== undefined && (task === undefined || task === 'embedding');
      const [models, embedded] = await Promise.all([
        task === 'embedding' ? [] : catalog.check(task, signal),
        asksEmbedding ? embedding.check(signal) : undefined,
      ]);
      return {
        models: models.map(toModelTestAnswer),
        ...(asksEmbedding ? { embedding: embedded === undefined ? null : toModelTestAnswer(embedded) } : {}),
      };
    },
  });
