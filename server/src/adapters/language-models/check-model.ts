import { z } from 'zod';
import type { ModelCheck } from '../../core/language-models/index.ts';
import { ModelFailure } from '../model-providers/model-failure.ts';
import { type Asking, askForObject, askForTurn } from './ask-model.ts';
import type { ConfiguredModel } from './configured-model.ts';
import { Spending } from './spending.ts';

/** Of each of at most three calls. */
const timeoutMs = 20_000;

/** Room for models that cannot be kept from reasoning. */
const maxOutputTokens = 1_000;

const Ready = z.object({ ready: z.boolean() });

/**
 * Asks a model for what searches will ask of it: an object, and a turn with a tool where it is to use some.
 *
 * @throws the signal's reason when it is aborted
 */
export async function checkModel(model: ConfiguredModel, usesTools: boolean, signal: AbortSignal): Promise<ModelCheck> {
  const asking: Asking = { model, timeoutMs, spending: new Spending(), signal };
  const startedAt = performance.now();
  const end = () => ({ name: model.label, latencyMs: Math.round(performance.now() - startedAt) });
  try {
    await askForObject(asking, {
      system: 'This is a test of the connection.',
      prompt: 'Answer with {"ready": true}.',
      schema: Ready,
      name: 'readiness',
      maxOutputTokens,
    });
    if (usesTools) {
      await askForTurn(asking, {
        system: 'This is a test of the connection.',
        messages: [{ role: 'user', text: 'Call the tool once, with ready set to true.' }],
        tools: [{ name: 'report_ready', description: 'Reports that the model is ready.', input: Ready }],
        maxOutputTokens,
        reasons: false,
      });
    }
    return { ...end(), problem: null };
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    return { ...end(), problem: model.describe(error) };
  }
}
