export const providerNames = [
  'openai',
  'anthropic',
  'google',
  'mistral',
  'groq',
  'bedrock',
  'azure',
  'ollama',
  'compatible',
] as const;
export type ProviderName = (typeof providerNames)[number];

export interface ModelName {
  readonly provider: ProviderName;
  /** As the provider calls it; on Azure, the name of the deployment. */
  readonly model: string;
}

/** How one provider is reached. Which of these it needs is its own matter; see `provider-factories.ts`. */
export interface ProviderSettings {
  readonly apiKey?: string;
  /** Instead of the provider's public address; without a slash at the end. */
  readonly baseUrl?: string;
  /** Azure. */
  readonly resourceName?: string;
  /** Bedrock, and so are the next three; an `apiKey` takes their place. */
  readonly region?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
}

export function toText({ provider, model }: ModelName): string {
  return `${provider}:${model}`;
}

/** Every value that must not appear in a message. */
export function secretsOf(settings: ProviderSettings): readonly string[] {
  return [settings.apiKey, settings.accessKeyId, settings.secretAccessKey, settings.sessionToken].filter(
    (secret) => secret !== undefined,
  );
}
