import type { LanguageModel, ModelCall, ObjectRequest, TextRequest } from '../language-models/index.ts';
import { AppError } from '../shared/index.ts';

export const call: ModelCall = {
  model: 'scripted:one',
  usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 0, cacheWriteTokens: 0 },
  cost: 0.001,
  retries: 0,
};

export interface ScriptedModel extends LanguageModel {
  readonly asked: (ObjectRequest<unknown> | TextRequest)[];
}

/** A model that answers as told; an answer that is an Error is thrown, a promise that never ends is a model that hangs. */
export function scriptedModel(answers: { readonly object?: unknown; readonly text?: unknown }): ScriptedModel {
  const asked: (ObjectRequest<unknown> | TextRequest)[] = [];
  const give = async (answer: unknown): Promise<unknown> => {
    const given = await (typeof answer === 'function' ? answer() : answer);
    if (given instanceof Error) throw given;
    return given;
  };
  return {
    contextTokens: 128_000,
    names: [call.model],
    asked,
    generateObject: async <Value>(request: ObjectRequest<Value>) => {
      asked.push(request);
      return { value: request.schema.parse(await give(answers.object)), call };
    },
    generateText: async (request) => {
      asked.push(request);
      return { text: String(await give(answers.text)), call };
    },
    generateTurn: async () => {
      throw new AppError('internal', 'nobody asked for a turn');
    },
  };
}

/** What may be wrong with a model. */
export const brokenAnswers: Readonly<Record<string, unknown>> = {
  down: new AppError('unavailable', 'No model answers.'),
  'over its limit': new AppError('rate_limited', 'Too many requests.'),
  slow: new Promise(() => undefined),
  broken: new TypeError('undefined is not a function'),
};
