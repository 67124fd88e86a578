import type { EmbeddingModel as SdkModel } from 'ai';
import { createBoundedFetch } from '../../model-providers/bounded-fetch.ts';
import type { ProviderSettings } from '../../model-providers/provider-settings.ts';
import type { EmbeddingProviderName, RemoteEmbedding } from './remote-embedding.ts';

/** A request's 64 vectors of 4,096 numbers, each written in 22 characters, are 6 MB. */
const fetch = createBoundedFetch(16 * 1024 * 1024);

type Factory = (settings: ProviderSettings, model: string) => Promise<SdkModel>;

/**
 * The SDK's provider of each name, loaded with its first call. Addresses are always given, since the SDK would look for them
 * in the environment.
 */
const factories: Readonly<Record<EmbeddingProviderName, Factory>> = {
  async openai(settings, model) {
    const { createOpenAI } = await import('@ai-sdk/openai');
    const baseURL = settings.baseUrl ?? 'https://api.openai.com/v1';
    return createOpenAI({ ...keyOf(settings), baseURL, fetch }).embeddingModel(model);
  },
  async google(settings, model) {
    const { createGoogle } = await import('@ai-sdk/google');
    const baseURL = settings.baseUrl ?? 'https://generativelanguage.googleapis.com/v1beta';
    return createGoogle({ ...keyOf(settings), baseURL, fetch }).embeddingModel(model);
  },
  async mistral(settings, model) {
    const { createMistral } = await import('@ai-sdk/mistral');
    const baseURL = settings.baseUrl ?? 'https://api.mistral.ai/v1';
    return createMistral({ ...keyOf(settings), baseURL, fetch }).embeddingModel(model);
  },
  async bedrock(settings, model) {
    const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock');
    const { region = '', accessKeyId = '', secretAccessKey = '', sessionToken } = settings;
    const signing =
      settings.apiKey !== undefined
        ? { apiKey: settings.apiKey }
        : { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    const baseURL = settings.baseUrl ?? `https://bedrock-runtime.${region}.amazonaws.com`;
    return createAmazonBedrock({ ...signing, region, baseURL, fetch }).embeddingModel(model);
  },
  async azure(settings, model) {
    const { createAzure } = await import('@ai-sdk/azure');
    const baseURL = settings.baseUrl ?? `https://${settings.resourceName ?? ''}.openai.azure.com/openai`;
    return createAzure({ ...keyOf(settings), baseURL, fetch }).embeddingModel(model);
  },
  async ollama(settings, model) {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    const baseURL = `${settings.baseUrl ?? 'http://127.0.0.1:11434'}/v1`;
    return createOpenAICompatible({ name: 'ollama', ...keyOf(settings), baseURL, fetch }).embeddingModel(model);
  },
  async compatible(settings, model) {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    const baseURL = settings.baseUrl ?? '';
    return createOpenAICompatible({ name: 'compatible', ...keyOf(settings), baseURL, fetch }).embeddingModel(model);
  },
};

/** A model of the SDK; loads what its provider needs. */
export function createSdkEmbeddingModel({ name, settings }: RemoteEmbedding): Promise<SdkModel> {
  return factories[name.provider](settings, name.model);
}

function keyOf({ apiKey }: ProviderSettings): { readonly apiKey?: string } {
  return apiKey === undefined ? {} : { apiKey };
}
