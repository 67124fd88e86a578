import { setTimeout as sleep } from 'node:timers/promises';
import type { LanguageModel, ModelProblem } from '../../core/language-models/index.ts';
import { AppError, type Logger } from '../../core/shared/index.ts';
import { isPassing, ModelFailure } from '../model-providers/model-failure.ts';
import { type Asking, askForObject, askForText, askForTurn } from './ask-model.ts';
import type { ConfiguredModel } from './configured-model.ts';
import { Spending } from './spending.ts';

/** Before the only model is asked a second time. */
const retryDelayMs = 250;

export interface ModelChainOptions {
  /** First asked first; at least one. */
  readonly models: readonly [ConfiguredModel, ...ConfiguredModel[]];
  /** Of one call of one model. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/**
 * Asks the models of a chain one after the other until one gives what was asked for. Those whose breaker is open are
 * passed over, unless that leaves none. A single model is asked twice where the failure may pass at once.
 */
export function createModelChain({ models, timeoutMs, logger }: ModelChainOptions): LanguageModel {
  async function run<Result>(
    signal: AbortSignal,
    attempt: (asking: Asking) => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly model: ConfiguredModel; readonly spending: Spending }> {
    const spending = new Spending();
    const problems: ModelProblem[] = [];
    const passable = models.filter(({ breaker }) => breaker.isPassable);
    const candidates = passable.length > 0 ? passable : models;
    let retryAfterMs: number | undefined;

    const tryModel = async (model: ConfiguredModel) => {
      try {
        return { result: await attempt({ model, timeoutMs, spending, signal }), model, spending };
      } catch (error) {
        if (!(error instanceof ModelFailure)) throw error;
        problems.push(model.describe(error));
        if (error.retryAfterMs !== undefined) retryAfterMs = Math.min(error.retryAfterMs, retryAfterMs ?? Infinity);
        // Not the error itself: it holds what was asked.
        const { name } = error.cause instanceof Error ? error.cause : error;
        logger.warn({ model: model.label, kind: error.kind, reason: error.message, errorName: name }, 'model failed');
        return error;
      }
    };

    for (const model of candidates) {
      let outcome = await tryModel(model);
      if (outcome instanceof ModelFailure && candidates.length === 1 && isPassing(outcome)) {
        await sleep(retryDelayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
        outcome = await tryModel(model);
      }
      if (!(outcome instanceof ModelFailure)) return outcome;
    }
    throw new AppError('unavailable', `No language model answered. ${describe(problems)}`, {
      details: { problems: problems.map(({ kind, message }) => ({ kind, message })) },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }

  return {
    contextTokens: models[0].contextTokens,
    names: models.map(({ label }) => label),
    async generateObject(request, signal) {
      const { result: value, model, spending } = await run(signal, (asking) => askForObject(asking, request));
      return { value, call: spending.toCall(model.label) };
    },
    async generateText(request, signal) {
      const { result: text, model, spending } = await run(signal, (asking) => askForText(asking, request));
      return { text, call: spending.toCall(model.label) };
    },
    async generateTurn(request, signal) {
      const { result } = await run(signal, (asking) => askForTurn(asking, request));
      return result;
    },
  };
}

function describe(problems: readonly ModelProblem[]): string {
  return [...new Set(problems.map(({ message }) => message))].join(' ');
}
