import { z } from 'zod';
import {
  type ModelCheck,
  type ModelProblem,
  type ModelReport,
  modelFailureKinds,
} from '../../../core/language-models/index.ts';

export const Problem = z.object({
  kind: z.enum(modelFailureKinds),
  message: z.string().describe('What is wrong.'),
  fix: z.string().describe('What to do about it.'),
});

export const ModelAnswer = z.object({
  name: z.string().describe('`<provider>:<model>`, as it is configured.'),
  context_tokens: z.number().int(),
  price: z
    .object({ input: z.number(), output: z.number() })
    .nullable()
    .describe('US dollars for a million tokens; null: not known.'),
  breaker: z
    .enum(['closed', 'open', 'half_open'])
    .describe('`open`: failed lately, and is passed over until `opens_until`. `half_open`: the next call tries it.'),
  opens_until: z.string().nullable(),
  last_problem: Problem.nullable().describe('The last failure since the last answer.'),
  since_start: z
    .object({
      calls: z.number().int(),
      failures: z.number().int(),
      input_tokens: z.number().int(),
      output_tokens: z.number().int(),
      cached_input_tokens: z.number().int(),
      cost: z.number().nullable().describe('US dollars; null: the price is not known.'),
    })
    .nullable()
    .describe('What this process used up for all organizations; null without the scope `admin`.'),
});

export function toModelAnswer(report: ModelReport, showsSpending: boolean): z.input<typeof ModelAnswer> {
  const { usage } = report;
  return {
    name: report.name,
    context_tokens: report.contextTokens,
    price: report.price,
    breaker: report.breaker,
    opens_until: report.opensUntil?.toISOString() ?? null,
    last_problem: toProblemOrNull(report.lastProblem),
    since_start: showsSpending
      ? {
          calls: report.calls,
          failures: report.failures,
          input_tokens: usage.inputTokens,
          output_tokens: usage.outputTokens,
          cached_input_tokens: usage.cachedInputTokens,
          cost: report.cost,
        }
      : null,
  };
}

export const ModelTestAnswer = z.object({
  name: z.string(),
  ok: z.boolean(),
  latency_ms: z.number().int(),
  problem: Problem.extend({
    detail: z.string().nullable().describe('What the provider said: shortened, without keys. Not our words.'),
  }).nullable(),
});

export function toModelTestAnswer({ name, latencyMs, problem }: ModelCheck): z.input<typeof ModelTestAnswer> {
  return {
    name,
    ok: problem === null,
    latency_ms: latencyMs,
    problem: problem === null ? null : { ...toProblem(problem), detail: problem.detail },
  };
}

export function toProblemOrNull(problem: ModelProblem | null | undefined): z.input<typeof Problem> | null {
  return problem == null ? null : toProblem(problem);
}

function toProblem({ kind, message, fix }: ModelProblem): z.input<typeof Problem> {
  return { kind, message, fix };
}
