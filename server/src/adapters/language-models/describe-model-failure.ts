import type { ModelFailureKind, ModelProblem } from '../../core/language-models/index.ts';
import type { ModelFailure } from '../model-providers/model-failure.ts';
import { type ModelName, type ProviderSettings, toText } from '../model-providers/provider-settings.ts';
import { settingNames } from '../model-providers/setting-names.ts';
import { toDetail } from '../model-providers/to-detail.ts';

/** Says what is wrong with a model, or with its settings, and what to do. Never repeats a key. */
export function describeModelFailure(
  failure: ModelFailure,
  name: ModelName,
  settings: ProviderSettings = {},
): ModelProblem {
  const { message, fix } = words[failure.kind](name);
  return { kind: failure.kind, message, fix, detail: toDetail(failure, settings) };
}

type Words = { readonly message: string; readonly fix: string };

const words: Readonly<Record<ModelFailureKind, (name: ModelName) => Words>> = {
  unreachable: (name) => ({
    message: `${toText(name)} cannot be reached.`,
    fix:
      name.provider === 'ollama'
        ? 'Start Ollama with `ollama serve`, and check OLLAMA_URL.'
        : `Check the network and proxy of this machine, and ${settingNames[name.provider].address}.`,
  }),
  slow: (name) => ({
    message: `${toText(name)} did not answer in time.`,
    fix: 'Take a faster model, name a second one after it in the chain, or raise LLM_TIMEOUT_SECONDS.',
  }),
  cut: (name) => ({
    message: `${toText(name)} broke the connection in the middle of its answer.`,
    fix: 'Try again; when it stays so, look at the proxy or gateway between.',
  }),
  too_large: (name) => ({
    message: `${toText(name)} answered with more than is read, and the answer was thrown away.`,
    fix: 'Take another model; this one ignores how long its answer may be.',
  }),
  not_an_api: (name) => ({
    message: `What answers for ${toText(name)} does not speak the language of ${name.provider}.`,
    fix: `Check ${settingNames[name.provider].address}: it should be the address of the API, often ending in /v1.`,
  }),
  wrong_key: (name) => ({
    message: `${toText(name)} refuses the key, or the key may not use this model.`,
    fix: `Check ${settingNames[name.provider].key}, and that the account behind it has access to the model.`,
  }),
  unknown_model: (name) => ({
    message: `${name.provider} does not know the model ${name.model}.`,
    fix:
      name.provider === 'ollama'
        ? `Fetch it with \`ollama pull ${name.model}\`, or correct its name in the LLM_ settings.`
        : `Correct its name in the LLM_ settings, and check ${settingNames[name.provider].address}.`,
  }),
  limit_reached: (name) => ({
    message: `${toText(name)} is over the rate limit of the account.`,
    fix: 'Wait, raise the limit with the provider, or name a second model after it in the chain.',
  }),
  out_of_credit: (name) => ({
    message: `The account for ${toText(name)} has no credit left.`,
    fix: 'Add credit or raise the budget with the provider.',
  }),
  overloaded: (name) => ({
    message: `${toText(name)} is down or overloaded.`,
    fix: 'Try again later, or name a second model after it in the chain.',
  }),
  refused: (name) => ({
    message: `${toText(name)} refused the request.`,
    fix: 'Take a model for chat that takes instructions, tools and JSON; the detail says what it did not like.',
  }),
  nonsense: (name) => ({
    message: `${toText(name)} answered with something other than what it was asked for, twice.`,
    fix: 'Take a more capable model.',
  }),
  unexpected: (name) => ({
    message: `The call of ${toText(name)} failed in an unexpected way.`,
    fix: 'Look at the log of the server.',
  }),
};
