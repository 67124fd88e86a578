import type { LanguageModel, ModelCall } from '../language-models/index.ts';
import { isAppError } from '../shared/index.ts';

export const modelFailures = ['no_model', 'model_unavailable', 'model_slow', 'model_failed'] as const;
/** Why a step was done without a language model. */
export type ModelFailure = (typeof modelFailures)[number];

/** The model did not answer in the time that a step has. */
class TooSlow extends Error {}

export type ModelAttempt<Answer> =
  | { readonly answer: Answer; readonly failure?: undefined }
  | { readonly answer?: undefined; readonly failure: ModelFailure };

/** After so many steps in a row that a model was too slow for, it is passed over for a while. */
const slowToRest = 2;
const restMs = 30_000;
/** Of each model. A chain cannot know: to it, a step that is over is a caller who has left. */
const slowness = new WeakMap<LanguageModel, { readonly inRow: number; readonly restsUntil: number }>();

/**
 * Asks a model for one step of a search, no longer than the step may take, even when it does not heed its signal. Whatever goes
 * wrong with it is an outcome, not an error: the step is then done by rules, and says why. So that not every search waits for a
 * model that hangs, one that was too slow twice in a row is not asked for 30 s.
 *
 * @throws the signal's reason when it is aborted
 */
export async function tryModel<Answer extends { readonly call: ModelCall }>(
  model: LanguageModel | undefined,
  timeoutMs: number,
  signal: AbortSignal,
  ask: (model: LanguageModel, signal: AbortSignal) => Promise<Answer>,
): Promise<ModelAttempt<Answer>> {
  if (model === undefined) return { failure: 'no_model' };
  signal.throwIfAborted();
  if ((slowness.get(model)?.restsUntil ?? 0) > performance.now()) return { failure: 'model_slow' };
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new TooSlow()), timeoutMs);
  const both = AbortSignal.any([signal, limit.signal]);
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      both.addEventListener('abort', () => reject(both.reason), { once: true });
      ask(model, both).then(resolve, reject);
    });
    slowness.delete(model);
    return { answer };
  } catch (error) {
    // An adapter may wrap the reason: what counts is why it was ended.
    signal.throwIfAborted();
    if (limit.signal.aborted) {
      const inRow = (slowness.get(model)?.inRow ?? 0) + 1;
      slowness.set(model, { inRow, restsUntil: inRow >= slowToRest ? performance.now() + restMs : 0 });
      return { failure: 'model_slow' };
    }
    return { failure: isAppError(error, 'unavailable') ? 'model_unavailable' : 'model_failed' };
  } finally {
    clearTimeout(timer);
  }
}
