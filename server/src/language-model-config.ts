import { z } from 'zod';
import {
  type LanguageModelSettings,
  type ModelName,
  type ModelPrice,
  type ProviderName,
  type ProviderSettings,
  providerNames,
  toText,
} from './adapters/language-models/language-model-settings.ts';
import { settingNames } from './adapters/model-providers/setting-names.ts';
import { integer, publicUrl } from './config-values.ts';
import { type ModelTask, modelTasks } from './core/language-models/index.ts';
import { providerNeeds } from './provider-needs.ts';

/*
 * The settings of language models. Without one of the chains no model is used, whatever keys are in the environment: no
 * question and no document leaves because a key happened to be there.
 */

const chainWords =
  `models as PROVIDER:MODEL, separated by commas, first asked first, or "none"; providers are ${providerNames.join(', ')}. ` +
  'For example openai:gpt-5-mini,anthropic:claude-haiku-4-5';

/** `none` gives no models, which a task can use to leave out those of `LLM_MODELS`. */
const chain = z.string().transform((text, context): readonly ModelName[] => {
  if (text.toLowerCase() === 'none') return [];
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  const names = parts.map((part) => {
    const [, provider = '', model = ''] = /^([\w-]+):\s*(\S+)$/.exec(part) ?? [];
    const known = providerNames.find((name) => name === provider.toLowerCase());
    if (known !== undefined) return { provider: known, model };
    context.addIssue({ code: 'custom', message: chainWords });
    return z.NEVER;
  });
  if (names.length > 0) return names;
  context.addIssue({ code: 'custom', message: chainWords });
  return z.NEVER;
});

const priceWords =
  'prices as PROVIDER:MODEL=INPUT/OUTPUT in US dollars for a million tokens, separated by commas, with /CACHED for cached input after them ' +
  'where it differs. For example openai:gpt-5-mini=0.25/2/0.025';

const prices = z.string().transform((text, context): ReadonlyMap<string, ModelPrice> => {
  const found = new Map<string, ModelPrice>();
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, provider = '', model = '', amounts = ''] =
      /^([a-z]+):([^=\s]+)=([\d.]+\/[\d.]+(?:\/[\d.]+)?)$/i.exec(part) ?? [];
    const [input = Number.NaN, output = Number.NaN, cachedInput] = amounts.split('/').map(Number);
    const known = providerNames.find((name) => name === provider.toLowerCase());
    if (known === undefined || Number.isNaN(input + output + (cachedInput ?? 0))) {
      context.addIssue({ code: 'custom', message: priceWords });
      return z.NEVER;
    }
    const name = toText({ provider: known, model });
    found.set(name, { input, output, ...(cachedInput === undefined ? {} : { cachedInput }) });
  }
  return found;
});

/** Of the providers' own variables, which other programs use too: looked at only where a chain names the provider. */
const text = z.string();

/** Of the environment; part of `environmentSchema`. */
export const languageModelVariables = {
  LLM_MODELS: chain.optional(),
  LLM_FALLBACK_CHAIN: chain.optional(),
  LLM_CLASSIC_MODELS: chain.optional(),
  LLM_AGENTIC_MODELS: chain.optional(),
  LLM_ANSWER_MODELS: chain.optional(),
  LLM_BASE_URL: publicUrl.optional(),
  LLM_API_KEY: text.optional(),
  LLM_TIMEOUT_SECONDS: integer(1, 300, ' of seconds').optional(),
  LLM_CONTEXT_TOKENS: integer(1_000, 10_000_000, ' of tokens').optional(),
  LLM_PRICES: prices.optional(),
  OLLAMA_URL: publicUrl.prefault('http://127.0.0.1:11434'),
  OPENAI_API_KEY: text.optional(),
  OPENAI_BASE_URL: text.optional(),
  ANTHROPIC_API_KEY: text.optional(),
  ANTHROPIC_BASE_URL: text.optional(),
  GOOGLE_GENERATIVE_AI_API_KEY: text.optional(),
  GOOGLE_GENERATIVE_AI_BASE_URL: text.optional(),
  MISTRAL_API_KEY: text.optional(),
  MISTRAL_BASE_URL: text.optional(),
  GROQ_API_KEY: text.optional(),
  GROQ_BASE_URL: text.optional(),
  AZURE_API_KEY: text.optional(),
  AZURE_RESOURCE_NAME: text.optional(),
  AZURE_BASE_URL: text.optional(),
  AWS_REGION: text.optional(),
  AWS_BEARER_TOKEN_BEDROCK: text.optional(),
  AWS_ACCESS_KEY_ID: text.optional(),
  AWS_SECRET_ACCESS_KEY: text.optional(),
  AWS_SESSION_TOKEN: text.optional(),
};
const schema = z.object(languageModelVariables);
type Values = z.output<typeof schema>;

/** Their values are never repeated in a message. */
export const languageModelSecrets: readonly (keyof Values)[] = [
  'LLM_API_KEY',
  'OPENAI_API_KEY',
  'ANTHROPIC_API_KEY',
  'GOOGLE_GENERATIVE_AI_API_KEY',
  'MISTRAL_API_KEY',
  'GROQ_API_KEY',
  'AZURE_API_KEY',
  'AWS_BEARER_TOKEN_BEDROCK',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
];

const chainVariables: Readonly<Record<ModelTask, keyof Values>> = {
  classic: 'LLM_CLASSIC_MODELS',
  agentic: 'LLM_AGENTIC_MODELS',
  answer: 'LLM_ANSWER_MODELS',
};

/** @param raw the variables that are set; those that cannot be parsed are reported elsewhere and count as unset here */
export function findLanguageModelProblems(raw: Readonly<Record<string, string | undefined>>): readonly string[] {
  const values = Object.fromEntries(
    Object.entries(languageModelVariables).map(([name, variable]) => [name, variable.safeParse(raw[name]).data]),
  ) as Values; // one value of its variable's type for each name
  const problems: string[] = [];
  if (values.LLM_MODELS !== undefined && values.LLM_FALLBACK_CHAIN !== undefined) {
    problems.push('LLM_FALLBACK_CHAIN and LLM_MODELS are both set and mean the same; leave LLM_FALLBACK_CHAIN out.');
  }
  const named = new Map<ProviderName, string>();
  for (const task of modelTasks) {
    const { variable, names } = chainOf(values, task);
    for (const { provider } of names) named.set(provider, named.get(provider) ?? variable);
  }
  const providers = toProviders(values);
  for (const [provider, variable] of named) {
    const needs = providerNeeds(provider, providers[provider] ?? {}, {
      key: settingNames[provider].key,
      compatibleAddress: 'LLM_BASE_URL',
      azureAddress: 'AZURE_BASE_URL',
    });
    if (needs.length > 0)
      problems.push(`${variable} names a model of ${provider}, which needs ${needs.join(', and ')}.`);
  }
  return problems;
}

/** @throws nothing: what can be wrong is found by `findLanguageModelProblems` before */
export function toLanguageModelSettings(values: Values): LanguageModelSettings {
  return Object.freeze({
    chains: Object.freeze({
      classic: chainOf(values, 'classic').names,
      agentic: chainOf(values, 'agentic').names,
      answer: chainOf(values, 'answer').names,
    }),
    providers: Object.freeze(toProviders(values)),
    timeoutMs: values.LLM_TIMEOUT_SECONDS === undefined ? undefined : values.LLM_TIMEOUT_SECONDS * 1000,
    contextTokens: values.LLM_CONTEXT_TOKENS,
    prices: values.LLM_PRICES ?? new Map(),
  });
}

/** The chain of a task, and the variable that it comes from. */
function chainOf(values: Values, task: ModelTask): { readonly variable: string; readonly names: readonly ModelName[] } {
  const own = chainVariables[task];
  const candidates = [own, 'LLM_MODELS', 'LLM_FALLBACK_CHAIN'] as const;
  const variable = candidates.find((name) => values[name] !== undefined) ?? 'LLM_MODELS';
  return { variable, names: (values[variable] as readonly ModelName[] | undefined) ?? [] };
}

function toProviders(values: Values): LanguageModelSettings['providers'] {
  const settings = (parts: { readonly [Key in keyof ProviderSettings]: ProviderSettings[Key] | undefined }) =>
    Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as ProviderSettings;
  return {
    openai: settings({ apiKey: values.OPENAI_API_KEY, baseUrl: toAddress(values.OPENAI_BASE_URL) }),
    anthropic: settings({ apiKey: values.ANTHROPIC_API_KEY, baseUrl: toAnthropicAddress(values.ANTHROPIC_BASE_URL) }),
    google: settings({
      apiKey: values.GOOGLE_GENERATIVE_AI_API_KEY,
      baseUrl: toAddress(values.GOOGLE_GENERATIVE_AI_BASE_URL),
    }),
    mistral: settings({ apiKey: values.MISTRAL_API_KEY, baseUrl: toAddress(values.MISTRAL_BASE_URL) }),
    groq: settings({ apiKey: values.GROQ_API_KEY, baseUrl: toAddress(values.GROQ_BASE_URL) }),
    azure: settings({
      apiKey: values.AZURE_API_KEY,
      resourceName: values.AZURE_RESOURCE_NAME,
      baseUrl: toAddress(values.AZURE_BASE_URL),
    }),
    bedrock: settings({
      apiKey: values.AWS_BEARER_TOKEN_BEDROCK,
      region: values.AWS_REGION,
      accessKeyId: values.AWS_ACCESS_KEY_ID,
      secretAccessKey: values.AWS_SECRET_ACCESS_KEY,
      sessionToken: values.AWS_SESSION_TOKEN,
    }),
    ollama: settings({ baseUrl: values.OLLAMA_URL }),
    compatible: settings({ apiKey: values.LLM_API_KEY, baseUrl: values.LLM_BASE_URL }),
  };
}

/** Without slashes at the end; what else is wrong with it is found by `providerNeeds`. */
function toAddress(given: string | undefined): string | undefined {
  return given?.replace(/\/+$/, '');
}

/** Anthropic's own tools take the address without the version, which the SDK wants. */
function toAnthropicAddress(given: string | undefined): string | undefined {
  const address = toAddress(given);
  return address !== undefined && URL.parse(address)?.pathname === '/' ? `${address}/v1` : address;
}
