import { createHash } from 'node:crypto';
import { type LanguageModel, type LanguageModels, type ModelCall, modelTasks } from './language-model.ts';

export interface RememberOptions {
  /** How long an answer is given again; default 10 minutes. */
  readonly ttlMs?: number;
  /** Answers that are kept, the latest used; default 500. */
  readonly maxAnswers?: number;
  /** Milliseconds that only grow; default: the process's. */
  readonly now?: () => number;
}

interface Kept {
  readonly answer: { readonly call: ModelCall };
  readonly until: number;
}

/** Characters of an answer, as JSON; longer ones are not kept. */
const maxLength = 64 * 1024;
const nothing = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0 };

/**
 * A model that gives the same answer when it is asked the same again: the pages of one search are then cut from one plan, and
 * cost one call. What was asked is the whole key, so whatever changes in the question, the collection or the passages is asked
 * anew. An answer from memory says that it took no tokens. Turns of a conversation are not kept, and neither are failures.
 */
export function rememberAnswers(
  model: LanguageModel,
  { ttlMs = 600_000, maxAnswers = 500, now = () => performance.now() }: RememberOptions = {},
): LanguageModel {
  const kept = new Map<string, Kept>();

  async function recall<Answer extends { readonly call: ModelCall }>(
    asked: readonly string[],
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    const key = createHash('sha256').update(JSON.stringify(asked)).digest('base64');
    const known = kept.get(key);
    kept.delete(key);
    if (known !== undefined && known.until > now()) {
      kept.set(key, known);
      const call = {
        ...known.answer.call,
        usage: nothing,
        cost: known.answer.call.cost === null ? null : 0,
        retries: 0,
      };
      // The key names the kind of the answer and its schema, so it is of the type that is asked for.
      return { ...(known.answer as Answer), call };
    }
    const answer = await ask();
    if (JSON.stringify(answer).length > maxLength) return answer;
    kept.set(key, { answer, until: now() + ttlMs });
    const [oldest] = kept.keys();
    if (kept.size > maxAnswers && oldest !== undefined) kept.delete(oldest);
    return answer;
  }

  return {
    contextTokens: model.contextTokens,
    names: model.names,
    generateObject: (request, signal) =>
      recall(['object', request.name, request.system, request.prompt], () => model.generateObject(request, signal)),
    generateText: (request, signal) =>
      recall(['text', request.system, request.prompt], () => model.generateText(request, signal)),
    generateTurn: (request, signal) => model.generateTurn(request, signal),
  };
}

/** The same for the models of all tasks. */
export function rememberEach(models: LanguageModels): LanguageModels {
  return Object.fromEntries(
    modelTasks.flatMap((task) => {
      const model = models[task];
      return model === undefined ? [] : [[task, rememberAnswers(model)]];
    }),
  );
}
