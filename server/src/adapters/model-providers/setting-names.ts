import type { ProviderName } from './provider-settings.ts';

/** The variables of each provider, for messages: where its key and its address are set. */
export const settingNames: Readonly<Record<ProviderName, { readonly key: string; readonly address: string }>> = {
  openai: { key: 'OPENAI_API_KEY', address: 'OPENAI_BASE_URL' },
  anthropic: { key: 'ANTHROPIC_API_KEY', address: 'ANTHROPIC_BASE_URL' },
  google: { key: 'GOOGLE_GENERATIVE_AI_API_KEY', address: 'GOOGLE_GENERATIVE_AI_BASE_URL' },
  mistral: { key: 'MISTRAL_API_KEY', address: 'MISTRAL_BASE_URL' },
  groq: { key: 'GROQ_API_KEY', address: 'GROQ_BASE_URL' },
  bedrock: {
    key: 'AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    address: 'AWS_REGION',
  },
  azure: { key: 'AZURE_API_KEY', address: 'AZURE_RESOURCE_NAME' },
  ollama: { key: 'OLLAMA_URL', address: 'OLLAMA_URL' },
  compatible: { key: 'LLM_API_KEY', address: 'LLM_BASE_URL' },
};
