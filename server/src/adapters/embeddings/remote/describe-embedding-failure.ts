import type { ModelFailureKind, ModelProblem } from '../../../core/language-models/index.ts';
import type { ModelFailure } from '../../model-providers/model-failure.ts';
import { toText } from '../../model-providers/provider-settings.ts';
import { settingNames } from '../../model-providers/setting-names.ts';
import { toDetail } from '../../model-providers/to-detail.ts';
import type { RemoteEmbedding } from './remote-embedding.ts';

/** Says what is wrong with the embedding model, or with its settings, and what to do. Never repeats a key. */
export function describeEmbeddingFailure(failure: ModelFailure, embedding: RemoteEmbedding): ModelProblem {
  const { message, fix } = words[failure.kind](embedding, failure);
  return { kind: failure.kind, message, fix, detail: toDetail(failure, embedding.settings) };
}

type Words = { readonly message: string; readonly fix: string };

const words: Readonly<Record<ModelFailureKind, (embedding: RemoteEmbedding, failure: ModelFailure) => Words>> = {
  unreachable: ({ name }) => ({
    message: `The embedding model ${toText(name)} cannot be reached.`,
    fix:
      name.provider === 'ollama'
        ? `Start Ollama with \`ollama serve\`, and check ${addressOf(name)}.`
        : `Check the network and proxy of this machine, and ${addressOf(name)}.`,
  }),
  slow: ({ name }) => ({
    message: `The embedding model ${toText(name)} did not answer in time.`,
    fix: 'Try again; when it stays so, take a faster model or a machine nearer to this one.',
  }),
  cut: ({ name }) => ({
    message: `The embedding model ${toText(name)} broke the connection in the middle of its answer.`,
    fix: 'Try again; when it stays so, look at the proxy or gateway between.',
  }),
  too_large: ({ name }) => ({
    message: `The embedding model ${toText(name)} answered with more than is read.`,
    fix: 'Set EMBEDDING_DIMENSIONS to fewer, or take another model.',
  }),
  not_an_api: ({ name }) => ({
    message: `What answers for the embedding model ${toText(name)} does not speak the language of ${name.provider}.`,
    fix: `Check ${addressOf(name)}: it should be the address of the API, often ending in /v1.`,
  }),
  wrong_key: ({ name }) => ({
    message: `The provider of the embedding model ${toText(name)} refuses the key, or the key may not use this model.`,
    fix: `Check ${keyOf(name)}, and that the account behind it has access to the model.`,
  }),
  unknown_model: ({ name }) => ({
    message: `${name.provider} does not know the embedding model ${name.model}.`,
    fix:
      name.provider === 'ollama'
        ? `Fetch it with \`ollama pull ${name.model}\`, or correct its name in EMBEDDING_PROVIDER.`
        : `Correct its name in EMBEDDING_PROVIDER, and check ${addressOf(name)}.`,
  }),
  limit_reached: ({ name }) => ({
    message: `The account for the embedding model ${toText(name)} is over its rate limit.`,
    fix: 'Wait, or raise the limit with the provider.',
  }),
  out_of_credit: ({ name }) => ({
    message: `The account for the embedding model ${toText(name)} has no credit left.`,
    fix: 'Add credit or raise the budget with the provider.',
  }),
  overloaded: ({ name }) => ({
    message: `The embedding model ${toText(name)} is down or overloaded.`,
    fix: 'Try again later.',
  }),
  refused: ({ name, dimensions }) => ({
    message: `The embedding model ${toText(name)} refused the request.`,
    fix:
      dimensions === undefined
        ? 'Check in EMBEDDING_PROVIDER that it is a model for embeddings; the detail says what it did not like.'
        : 'Leave EMBEDDING_DIMENSIONS out where the model has a fixed size, and check that it is a model for embeddings.',
  }),
  nonsense: ({ name, dimensions }, { message }) => ({
    message: `The embedding model ${toText(name)} ${message}.`,
    fix:
      dimensions === undefined
        ? 'If the model behind this name was changed, restart Weft and reindex the collections; otherwise take another model.'
        : 'Correct EMBEDDING_DIMENSIONS, or leave it out.',
  }),
  unexpected: ({ name }) => ({
    message: `The call of the embedding model ${toText(name)} failed in an unexpected way.`,
    fix: 'Look at the log of the server.',
  }),
};

function keyOf({ provider }: RemoteEmbedding['name']): string {
  if (provider === 'ollama') return 'EMBEDDING_API_KEY';
  return `EMBEDDING_API_KEY, or ${settingNames[provider].key} where that is not set`;
}

function addressOf({ provider }: RemoteEmbedding['name']): string {
  if (provider === 'bedrock') return 'AWS_REGION';
  if (provider === 'azure') return 'EMBEDDING_BASE_URL or AZURE_RESOURCE_NAME';
  return `EMBEDDING_BASE_URL, or ${settingNames[provider].address} where that is not set`;
}
