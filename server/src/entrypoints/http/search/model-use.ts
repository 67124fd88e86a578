import { z } from 'zod';
import type { ModelCall } from '../../../core/language-models/index.ts';

/** What one call of a language model took, in the public API's shape. */
export const ModelUse = z
  .object({
    name: z.string().describe('`<provider>:<model>`.'),
    input_tokens: z.int(),
    output_tokens: z.int(),
    cost_usd: z.number().nullable().describe('Null where the price is not known.'),
    retries: z.int().describe('Calls that failed before this one.'),
  })
  .meta({ id: 'ModelUse' });

export function toModelUse({ model, usage, cost, retries }: ModelCall): z.input<typeof ModelUse> {
  return {
    name: model,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cost_usd: cost,
    retries,
  };
}
