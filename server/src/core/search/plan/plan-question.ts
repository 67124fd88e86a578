import type { LanguageModel, ModelCall } from '../../language-models/index.ts';
import { type ModelFailure, tryModel } from '../try-model.ts';
import { planByRules } from './plan-by-rules.ts';
import { type PlannerContext, plannerSystem, toPlannerPrompt } from './planner-prompt.ts';
import { readWrittenPlan } from './read-written-plan.ts';
import type { SearchPlan } from './search-plan.ts';
import { WrittenPlan } from './written-plan.ts';

export const planners = ['rules', 'model'] as const;
export type Planner = (typeof planners)[number];

export interface PlannedQuestion {
  readonly plan: SearchPlan;
  readonly planner: Planner;
  /** Why rules planned; null when the model did. `model_nonsense`: it answered, with nothing that could be used. */
  readonly whyRules: ModelFailure | 'model_nonsense' | 'question_too_long' | null;
  /** What was paid for, also where nothing came of it. */
  readonly call: ModelCall | null;
  /** Words of the model's restrictions that were refused. */
  readonly refused: readonly string[];
}

export interface PlannerOptions {
  readonly model?: LanguageModel;
  /** Time that the model has to plan; default 8 s. Then rules do. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 8000;
/** Characters; more is a text to be found again. */
const maxQuestionLength = 2000;
const maxOutputTokens = 1500;

/**
 * Plans a search with a language model where there is one, else by rules. Never fails for the model's sake: absent, down, slow
 * or talking nonsense, the rules plan, and the outcome says why.
 *
 * @throws the signal's reason when it is aborted
 */
export async function planQuestion(
  { model, timeoutMs = defaultTimeoutMs }: PlannerOptions,
  question: string,
  context: PlannerContext,
  signal: AbortSignal,
): Promise<PlannedQuestion> {
  const rules = planByRules(question, context);
  const byRules = { plan: rules, planner: 'rules', call: null, refused: [] } as const;
  if (model !== undefined && question.length > maxQuestionLength) return { ...byRules, whyRules: 'question_too_long' };
  const { answer, failure } = await tryModel(model, timeoutMs, signal, (present, limited) =>
    present.generateObject(
      {
        name: 'search_plan',
        system: plannerSystem,
        prompt: toPlannerPrompt(question, context),
        schema: WrittenPlan,
        maxOutputTokens,
      },
      limited,
    ),
  );
  if (failure !== undefined) return { ...byRules, whyRules: failure };
  const { plan, refused, isEmpty } = readWrittenPlan(answer.value, question, rules);
  if (isEmpty) return { ...byRules, whyRules: 'model_nonsense', call: answer.call };
  return { plan, planner: 'model', whyRules: null, call: answer.call, refused };
}
