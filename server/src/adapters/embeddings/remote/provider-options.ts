import type { EmbeddingPurpose, RemoteEmbedding } from './remote-embedding.ts';

interface EmbeddingOptions {
  readonly dimensions?: number;
  readonly providerOptions?: Record<string, Record<string, string | number>>;
}

/** What a provider is told besides the text: the dimensions where they are chosen, and whether it is a question. */
export function optionsFor({ name, dimensions }: RemoteEmbedding, purpose: EmbeddingPurpose): EmbeddingOptions {
  const isQuery = purpose === 'query';
  if (name.provider === 'bedrock')
    return { providerOptions: { amazonBedrock: ofBedrock(name.model, dimensions, isQuery) } };
  return {
    ...(dimensions === undefined ? {} : { dimensions }),
    // Later models take the task as part of the text, and refuse this.
    ...(name.provider === 'google' && /^(gemini-embedding-001|text-embedding-)/.test(name.model)
      ? { providerOptions: { google: { taskType: isQuery ? 'RETRIEVAL_QUERY' : 'RETRIEVAL_DOCUMENT' } } }
      : {}),
  };
}

/** Each family has words of its own. See https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html */
function ofBedrock(model: string, dimensions: number | undefined, isQuery: boolean): Record<string, string | number> {
  const width = (word: string) => (dimensions === undefined ? {} : { [word]: dimensions });
  if (model.includes('cohere.embed-')) {
    return { inputType: isQuery ? 'search_query' : 'search_document', truncate: 'END', ...width('outputDimension') };
  }
  if (model.includes('amazon.nova-')) {
    return { embeddingPurpose: isQuery ? 'TEXT_RETRIEVAL' : 'GENERIC_INDEX', ...width('embeddingDimension') };
  }
  return width('dimensions');
}
