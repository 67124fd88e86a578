import type { RemoteEmbedding } from './remote-embedding.ts';

/** Of models that are always the same behind their name, from their providers' documentation. */
const known: Readonly<Record<string, number>> = {
  'openai:text-embedding-3-small': 1536,
  'openai:text-embedding-3-large': 3072,
  'openai:text-embedding-ada-002': 1536,
  'google:gemini-embedding-001': 3072,
  'mistral:mistral-embed': 1024,
  'bedrock:amazon.titan-embed-text-v2:0': 1024,
  'bedrock:cohere.embed-english-v3': 1024,
  'bedrock:cohere.embed-multilingual-v3': 1024,
};

/** Those that a model has by itself; undefined: it has to be asked. */
export function knownDimensionsOf({ name }: RemoteEmbedding): number | undefined {
  const label = `${name.provider}:${name.model}`;
  return Object.hasOwn(known, label) ? known[label] : undefined;
}
