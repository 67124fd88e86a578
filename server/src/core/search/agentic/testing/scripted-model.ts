import type { LanguageModel, ModelTurn, TurnRequest } from '../../../language-models/index.ts';
import { AppError } from '../../../shared/index.ts';

/** What a model says in one turn; calls by name and arguments. */
export interface ScriptedTurn {
  readonly text?: string;
  readonly reasoning?: string;
  readonly calls?: readonly (readonly [name: string, input: unknown])[];
}

type Script = readonly (
  | ScriptedTurn
  | ((request: TurnRequest, signal: AbortSignal) => ScriptedTurn | Promise<ScriptedTurn>)
)[];

/** A model that says what it is told to, in order, and fails as one that is down when it has nothing more to say. */
export function createScriptedModel(
  script: Script,
  options: { readonly contextTokens?: number; readonly tokensPerTurn?: number } = {},
): LanguageModel & { readonly requests: readonly TurnRequest[] } {
  const requests: TurnRequest[] = [];
  const unused = async (): Promise<never> => {
    throw new Error('The agentic tier asks for turns only');
  };
  return {
    contextTokens: options.contextTokens ?? 128_000,
    names: ['test:scripted'],
    requests,
    generateObject: unused,
    generateText: unused,
    generateTurn: async (request, signal): Promise<ModelTurn> => {
      const place = requests.length;
      requests.push(request);
      const next = script[place];
      if (next === undefined) throw new AppError('unavailable', 'The model is down.');
      const said = typeof next === 'function' ? await next(request, signal) : next;
      return {
        text: said.text ?? '',
        reasoning: said.reasoning ?? null,
        toolCalls: (said.calls ?? []).map(([name, input], index) => ({ id: `call-${place}-${index}`, name, input })),
        raw: said,
        model: 'test:scripted',
        usage: {
          inputTokens: options.tokensPerTurn ?? 100,
          outputTokens: 10,
          cachedInputTokens: 0,
          cacheWriteTokens: 0,
        },
        cost: 0.001,
        retries: 0,
      };
    },
  };
}

/** The results of tools that a model was given last, as one text. */
export function lastResults({ messages }: TurnRequest): string {
  const results = messages.flatMap((message) => (message.role === 'tools' ? [message.results] : [])).at(-1) ?? [];
  return results.map(({ text }) => text).join('\n');
}
