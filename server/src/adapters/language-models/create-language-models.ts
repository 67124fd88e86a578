import {
  type LanguageModel,
  type LanguageModels,
  type ModelCatalog,
  type ModelTask,
  modelTasks,
} from '../../core/language-models/index.ts';
import type { Logger } from '../../core/shared/index.ts';
import { checkModel } from './check-model.ts';
import { ConfiguredModel } from './configured-model.ts';
import { type LanguageModelSettings, type ModelName, toText } from './language-model-settings.ts';
import { createModelChain } from './model-chain.ts';

/**
 * Of one call: what its caller waits for at most, a plan 8 s, an answer 20. In a chain a model has half of it, so that one that hangs
 * leaves time for the next.
 */
const defaultTimeoutMs: Readonly<Record<ModelTask, number>> = { classic: 8_000, answer: 20_000, agentic: 60_000 };

export interface CreatedLanguageModels {
  readonly models: LanguageModels;
  readonly catalog: ModelCatalog;
  /** One of the configured models alone, by its name. */
  find(name: string): LanguageModel | undefined;
}

/**
 * The chains of the configuration. A model that several of them name is one, with one breaker. Nothing is loaded or
 * connected to before the first call.
 */
export function createLanguageModels(settings: LanguageModelSettings, logger: Logger): CreatedLanguageModels {
  const byName = new Map<string, ConfiguredModel>();
  const toChain = (names: readonly ModelName[]) => {
    const chain = names.map((name) => {
      const model = byName.get(toText(name)) ?? new ConfiguredModel(name, settings);
      byName.set(model.label, model);
      return model;
    });
    return [...new Set(chain)];
  };
  const chains: Readonly<Record<ModelTask, readonly ConfiguredModel[]>> = {
    classic: toChain(settings.chains.classic),
    agentic: toChain(settings.chains.agentic),
    answer: toChain(settings.chains.answer),
  };

  const models: { [Task in ModelTask]?: LanguageModel } = {};
  for (const task of modelTasks) {
    const [first, ...others] = chains[task];
    if (first === undefined) continue;
    const timeoutMs = settings.timeoutMs ?? defaultTimeoutMs[task] / (others.length === 0 ? 1 : 2);
    models[task] = createModelChain({ models: [first, ...others], timeoutMs, logger });
  }

  const catalog: ModelCatalog = {
    chains: {
      classic: chains.classic.map(({ label }) => label),
      agentic: chains.agentic.map(({ label }) => label),
      answer: chains.answer.map(({ label }) => label),
    },
    report: () => [...byName.values()].map((model) => model.report()),
    check: (task, signal) =>
      Promise.all(
        (task === undefined ? [...byName.values()] : chains[task]).map((model) =>
          checkModel(model, chains.agentic.includes(model), signal),
        ),
      ),
  };
  const find = (name: string) => {
    const model = byName.get(name);
    const timeoutMs = settings.timeoutMs ?? defaultTimeoutMs.agentic;
    return model && createModelChain({ models: [model], timeoutMs, logger });
  };
  return { models, catalog, find };
}
