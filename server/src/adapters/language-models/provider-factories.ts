import type { LanguageModel as SdkModel } from 'ai';
import { createBoundedFetch } from '../model-providers/bounded-fetch.ts';
import type { ModelName, ProviderName, ProviderSettings } from './language-model-settings.ts';

const defaultOllamaUrl = 'http://127.0.0.1:11434';

type Factory = (settings: ProviderSettings, model: string) => Promise<SdkModel>;

/** A long answer with its reasoning stays well below; nothing honest needs more. */
const fetch = createBoundedFetch(512 * 1024);

/**
 * The SDK's provider of each name. Each is loaded with its first call: together they take 150 MB and a second, and most
 * installations use one or none. Addresses are always given, since the SDK would look for them in the environment.
 */
const factories: Readonly<Record<ProviderName, Factory>> = {
  async openai(settings, model) {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return createOpenAI({ ...keyOf(settings), baseURL: settings.baseUrl ?? 'https://api.openai.com/v1', fetch })(model);
  },
  async anthropic(settings, model) {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    const baseURL = settings.baseUrl ?? 'https://api.anthropic.com/v1';
    return createAnthropic({ ...keyOf(settings), baseURL, fetch })(model);
  },
  async google(settings, model) {
    const { createGoogle } = await import('@ai-sdk/google');
    const baseURL = settings.baseUrl ?? 'https://generativelanguage.googleapis.com/v1beta';
    return createGoogle({ ...keyOf(settings), baseURL, fetch })(model);
  },
  async mistral(settings, model) {
    const { createMistral } = await import('@ai-sdk/mistral');
    return createMistral({ ...keyOf(settings), baseURL: settings.baseUrl ?? 'https://api.mistral.ai/v1', fetch })(
      model,
    );
  },
  async groq(settings, model) {
    const { createGroq } = await import('@ai-sdk/groq');
    const baseURL = settings.baseUrl ?? 'https://api.groq.com/openai/v1';
    return createGroq({ ...keyOf(settings), baseURL, fetch })(model);
  },
  async bedrock(settings, model) {
    const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock');
    const { region = '', accessKeyId = '', secretAccessKey = '', sessionToken } = settings;
    const signing =
      settings.apiKey !== undefined
        ? { apiKey: settings.apiKey }
        : { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    const baseURL = settings.baseUrl ?? `https://bedrock-runtime.${region}.amazonaws.com`;
    return createAmazonBedrock({ ...signing, region, baseURL, fetch })(model);
  },
  async azure(settings, model) {
    const { createAzure } = await import('@ai-sdk/azure');
    const baseURL = settings.baseUrl ?? `https://${settings.resourceName ?? ''}.openai.azure.com/openai`;
    return createAzure({ ...keyOf(settings), baseURL, fetch })(model);
  },
  async ollama(settings, model) {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    const baseURL = `${settings.baseUrl ?? defaultOllamaUrl}/v1`;
    return createOpenAICompatible({ name: 'ollama', baseURL, supportsStructuredOutputs: true, fetch })(model);
  },
  async compatible(settings, model) {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    const baseURL = settings.baseUrl ?? '';
    const structured = { supportsStructuredOutputs: true } as const;
    return createOpenAICompatible({ name: 'compatible', ...keyOf(settings), baseURL, ...structured, fetch })(model);
  },
};

/** A model of the SDK; loads what its provider needs. */
export function createSdkModel({ provider, model }: ModelName, settings: ProviderSettings): Promise<SdkModel> {
  return factories[provider](settings, model);
}

function keyOf({ apiKey }: ProviderSettings): { readonly apiKey?: string } {
  return apiKey === undefined ? {} : { apiKey };
}
