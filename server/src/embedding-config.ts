import { z } from 'zod';
import type { EmbeddingSettings } from './adapters/embeddings/create-encoder.ts';
import {
  type EmbeddingProviderName,
  embeddingProviderNames,
  type RemoteEmbedding,
} from './adapters/embeddings/remote/remote-embedding.ts';
import type { ProviderSettings } from './adapters/model-providers/provider-settings.ts';
import { settingNames } from './adapters/model-providers/setting-names.ts';
import { integer, publicUrl } from './config-values.ts';
import { providerNeeds } from './provider-needs.ts';

/*
 * The settings of the embedding model. Like language models, a remote one is used only where it is named: no document leaves
 * because a key happened to be in the environment.
 */

type Choice = { readonly kind: 'local' } | { readonly kind: 'none' } | RemoteChoice;
interface RemoteChoice {
  readonly kind: 'remote';
  readonly name: RemoteEmbedding['name'];
}

const providerWords = `local, none, or a model as PROVIDER:MODEL such as openai:text-embedding-3-small; providers are ${embeddingProviderNames.join(', ')}`;

const provider = z.string().transform((text, context): Choice => {
  const word = text.toLowerCase();
  if (word === 'local' || word === 'none') return { kind: word };
  const [, name = '', model = ''] = /^([\w-]+):\s*(\S+)$/.exec(text) ?? [];
  const known = embeddingProviderNames.find((one) => one === name.toLowerCase());
  if (known !== undefined) return { kind: 'remote', name: { provider: known, model } };
  context.addIssue({ code: 'custom', message: providerWords });
  return z.NEVER;
});

/** Of the environment; part of `environmentSchema`. */
export const embeddingVariables = {
  EMBEDDING_PROVIDER: provider.prefault('local'),
  EMBEDDING_DIMENSIONS: integer(1, 8192).optional(),
  EMBEDDING_BASE_URL: publicUrl.optional(),
  EMBEDDING_API_KEY: z.string().optional(),
};
const schema = z.object(embeddingVariables);
type Values = z.output<typeof schema>;

/** Never repeated in a message. */
export const embeddingSecrets: readonly (keyof Values)[] = ['EMBEDDING_API_KEY'];

/**
 * @param providers as language models reach them, whose keys and addresses are used where the model has none of its own
 */
export function toEmbeddingSettings(
  values: Values,
  providers: { readonly [Provider in EmbeddingProviderName]?: ProviderSettings },
): EmbeddingSettings {
  const choice = values.EMBEDDING_PROVIDER;
  if (choice.kind !== 'remote') return choice;
  const shared = providers[choice.name.provider] ?? {};
  const { EMBEDDING_BASE_URL: baseUrl, EMBEDDING_API_KEY: apiKey } = values;
  // The key of another machine is not sent to this one.
  const isElsewhere = choice.name.provider === 'compatible' && baseUrl !== undefined;
  const settings: ProviderSettings = {
    ...(isElsewhere ? {} : shared),
    ...(baseUrl === undefined
      ? {}
      : { baseUrl: choice.name.provider === 'ollama' ? withoutVersion(baseUrl) : baseUrl }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
  return Object.freeze({
    ...choice,
    settings: Object.freeze(settings),
    dimensions: values.EMBEDDING_DIMENSIONS,
  });
}

/** Of parsed settings: what the model needs and has not. */
export function findEmbeddingProblems(embedding: EmbeddingSettings): readonly string[] {
  if (embedding.kind !== 'remote') return [];
  const { provider, model } = embedding.name;
  const needs = providerNeeds(provider, embedding.settings, {
    key: `EMBEDDING_API_KEY or ${settingNames[provider].key}`,
    compatibleAddress: 'EMBEDDING_BASE_URL',
    azureAddress: 'EMBEDDING_BASE_URL',
  });
  return needs.length === 0
    ? []
    : [`EMBEDDING_PROVIDER names ${provider}:${model}, which needs ${needs.join(', and ')}.`];
}

/** Settings that have no effect, which may be a mistake. */
export function findEmbeddingWarnings(values: Values): readonly string[] {
  if (values.EMBEDDING_PROVIDER.kind === 'remote') return [];
  return (['EMBEDDING_DIMENSIONS', 'EMBEDDING_BASE_URL', 'EMBEDDING_API_KEY'] as const)
    .filter((name) => values[name] !== undefined)
    .map((name) => `${name} has no effect while EMBEDDING_PROVIDER is ${values.EMBEDDING_PROVIDER.kind}.`);
}

/** Ollama's own address has none, and is completed; what is given for an API of OpenAI's kind has it. */
function withoutVersion(address: string): string {
  return address.replace(/\/v1$/, '');
}
