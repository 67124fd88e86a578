import { z } from 'zod';
import { grants } from '../../../core/access/index.ts';
import type { CollectionEncoder } from '../../../core/collections/index.ts';
import type { ModelCatalog } from '../../../core/language-models/index.ts';
import type { EmbeddingModel } from '../../../core/search/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ModelAnswer, Problem, toModelAnswer, toProblemOrNull } from './model-answer.ts';

export interface ModelDependencies {
  readonly catalog: ModelCatalog;
  /** What new collections are indexed with. */
  readonly encoder: CollectionEncoder;
  /** Absent: how the embedding model is, is not told. */
  readonly embedding?: EmbeddingModel;
}

const chain = z.array(z.string());

export const listModelsEndpoint = ({ catalog, encoder, embedding }: ModelDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/models',
    summary: 'List models',
    description:
      'The language models of each task, in the order in which they are asked, how they are, and the embedding model of new ' +
      'collections. A task without models is done by rules. Keys are never shown.',
    tags: ['models'],
    access: { scope: 'read' },
    response: z.object({
      tasks: z.object({ classic: chain, agentic: chain, answer: chain }),
      models: z.array(ModelAnswer),
      embedding: z.object({
        model: z.string().describe('`none`: search by words only.'),
        dimensions: z.number().int().nullable().describe('Null: the model has not answered yet.'),
        last_problem: Problem.nullable().describe('The last failure since the last answer.'),
      }),
    }),
    handler: ({ caller }) => ({
      tasks: {
        classic: [...catalog.chains.classic],
        agentic: [...catalog.chains.agentic],
        answer: [...catalog.chains.answer],
      },
      models: catalog.report().map((report) => toModelAnswer(report, grants(caller, 'admin'))),
      embedding: {
        model: encoder.name,
        dimensions: encoder.dimensions === 0 ? null : encoder.dimensions,
        last_problem: toProblemOrNull(embedding?.report().lastProblem),
      },
    }),
  });
