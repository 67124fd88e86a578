import type { ModelName, ProviderName, ProviderSettings } from '../../model-providers/provider-settings.ts';

/** Providers with embedding models, of those in `provider-settings.ts`. */
export const embeddingProviderNames = [
  'openai',
  'google',
  'mistral',
  'bedrock',
  'azure',
  'ollama',
  'compatible',
] as const satisfies readonly ProviderName[];
export type EmbeddingProviderName = (typeof embeddingProviderNames)[number];

/** A model on another machine, or in another process, and how it is reached. */
export interface RemoteEmbedding {
  readonly name: ModelName & { readonly provider: EmbeddingProviderName };
  readonly settings: ProviderSettings;
  /** Asked of the model, and expected of it; undefined: those it has by itself. */
  readonly dimensions: number | undefined;
}

/** What is embedded: some models treat the two differently. */
export type EmbeddingPurpose = 'query' | 'document';
