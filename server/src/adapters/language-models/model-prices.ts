import type { TokenUsage } from '../../core/language-models/index.ts';
import { type ModelName, type ModelPrice, type ProviderName, toText } from './language-model-settings.ts';

/** What a model is known to cost and to read, by the providers' price lists of 2025. `LLM_PRICES` sets other prices. */
interface KnownModel extends ModelPrice {
  readonly contextTokens: number;
}

const openai: Readonly<Record<string, KnownModel>> = {
  'gpt-5': { input: 1.25, cachedInput: 0.125, output: 10, contextTokens: 400_000 },
  'gpt-5-mini': { input: 0.25, cachedInput: 0.025, output: 2, contextTokens: 400_000 },
  'gpt-5-nano': { input: 0.05, cachedInput: 0.005, output: 0.4, contextTokens: 400_000 },
  'gpt-4.1': { input: 2, cachedInput: 0.5, output: 8, contextTokens: 1_000_000 },
  'gpt-4.1-mini': { input: 0.4, cachedInput: 0.1, output: 1.6, contextTokens: 1_000_000 },
  'gpt-4.1-nano': { input: 0.1, cachedInput: 0.025, output: 0.4, contextTokens: 1_000_000 },
  'gpt-4o': { input: 2.5, cachedInput: 1.25, output: 10, contextTokens: 128_000 },
  'gpt-4o-mini': { input: 0.15, cachedInput: 0.075, output: 0.6, contextTokens: 128_000 },
  'o4-mini': { input: 1.1, cachedInput: 0.275, output: 4.4, contextTokens: 200_000 },
};

const anthropic: Readonly<Record<string, KnownModel>> = {
  'claude-opus-4-5': { input: 5, cachedInput: 0.5, cacheWrite: 6.25, output: 25, contextTokens: 200_000 },
  'claude-sonnet-4-5': { input: 3, cachedInput: 0.3, cacheWrite: 3.75, output: 15, contextTokens: 200_000 },
  'claude-haiku-4-5': { input: 1, cachedInput: 0.1, cacheWrite: 1.25, output: 5, contextTokens: 200_000 },
  'claude-3-5-haiku': { input: 0.8, cachedInput: 0.08, cacheWrite: 1, output: 4, contextTokens: 200_000 },
};

const known: { readonly [Provider in ProviderName]?: Readonly<Record<string, KnownModel>> } = {
  openai,
  anthropic,
  google: {
    'gemini-2.5-pro': { input: 1.25, cachedInput: 0.125, output: 10, contextTokens: 1_000_000 },
    'gemini-2.5-flash': { input: 0.3, cachedInput: 0.03, output: 2.5, contextTokens: 1_000_000 },
    'gemini-2.5-flash-lite': { input: 0.1, cachedInput: 0.01, output: 0.4, contextTokens: 1_000_000 },
  },
  mistral: {
    'mistral-medium': { input: 0.4, output: 2, contextTokens: 128_000 },
    'mistral-small': { input: 0.1, output: 0.3, contextTokens: 128_000 },
  },
  groq: {
    'llama-3.3-70b-versatile': { input: 0.59, output: 0.79, contextTokens: 128_000 },
    'llama-3.1-8b-instant': { input: 0.05, output: 0.08, contextTokens: 128_000 },
  },
  bedrock: anthropic,
};

/** Where a model is not known. Ollama reads 4,096 tokens unless it is told otherwise, and cuts the rest without a word. */
const usualContextTokens: Readonly<Record<ProviderName, number>> = {
  ...{ openai: 128_000, anthropic: 200_000, google: 128_000, mistral: 128_000, groq: 128_000, bedrock: 128_000 },
  ...{ azure: 128_000, ollama: 4_096, compatible: 16_000 },
};

/** The price of a model, given or known; null where it is neither. A model that runs on Ollama costs nothing. */
export function findPrice(name: ModelName, given: ReadonlyMap<string, ModelPrice>): ModelPrice | null {
  const free = name.provider === 'ollama' ? { input: 0, output: 0 } : null;
  return given.get(toText(name)) ?? findKnown(name) ?? free;
}

/** How many tokens a model reads at most, in and out together. */
export function contextTokensOf(name: ModelName): number {
  return findKnown(name)?.contextTokens ?? usualContextTokens[name.provider];
}

/** US dollars. */
export function costOf(usage: TokenUsage, price: ModelPrice): number {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens } = usage;
  const plainTokens = Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens);
  const millionths =
    plainTokens * price.input +
    cachedInputTokens * (price.cachedInput ?? price.input) +
    cacheWriteTokens * (price.cacheWrite ?? price.input) +
    outputTokens * price.output;
  return millionths / 1_000_000;
}

/** `gpt-5-mini-2025-08-07`, `mistral-small-latest` and `eu.anthropic.claude-haiku-4-5-20251001-v1:0` by their plain names. */
function findKnown({ provider, model }: ModelName): KnownModel | undefined {
  const plain = model
    .replace(/^(\w+\.)?anthropic\./, '')
    .replace(/(-v\d+(:\d+)?)?$/, '')
    .replace(/-(latest|\d{4}-\d{2}-\d{2}|\d{8}|\d{4})$/, '');
  const models = known[provider] ?? {};
  return Object.hasOwn(models, plain) ? models[plain] : undefined;
}
