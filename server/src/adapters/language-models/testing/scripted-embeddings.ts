import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ScriptedFailure } from './scripted-model-server.ts';
import { writeScriptedReply } from './write-scripted-reply.ts';

/** One call of embeddings, as it came over the wire. */
export interface ScriptedEmbedding {
  readonly headers: IncomingHttpHeaders;
  readonly model: string;
  readonly texts: readonly string[];
  /** As asked for; undefined: the model's own. */
  readonly dimensions: number | undefined;
}

/** Vectors as they go over the wire; a string is put in place of a vector as it is, valid JSON or not. */
export type ScriptedVectors = { readonly vectors: readonly (readonly number[] | string)[] };

export type EmbeddingScript = (
  request: ScriptedEmbedding,
) => ScriptedVectors | ScriptedFailure | Promise<ScriptedVectors | ScriptedFailure>;

/** Answers with the vectors of `wordVector`, of the dimensions asked for or by default of so many. */
export function answersVectors(dimensions = 64): EmbeddingScript {
  return ({ texts, dimensions: asked = dimensions }) => ({ vectors: texts.map((text) => wordVector(text, asked)) });
}

/** Counts words, each in a place that its letters decide: the same text has the same vector. Not of length 1. */
export function wordVector(text: string, dimensions: number): readonly number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['']) {
    let hash = 7;
    for (const character of word) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
    const place = hash % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  return vector;
}

export function toScriptedEmbedding(
  request: IncomingMessage,
  body: { readonly model?: string; readonly input?: string | readonly string[]; readonly dimensions?: number },
): ScriptedEmbedding {
  const { model = '', input = [], dimensions } = body;
  return { headers: request.headers, model, texts: typeof input === 'string' ? [input] : input, dimensions };
}

/** See https://platform.openai.com/docs/api-reference/embeddings/object */
export function writeScriptedVectors(
  response: ServerResponse,
  { model }: ScriptedEmbedding,
  reply: ScriptedVectors | ScriptedFailure,
): void {
  if (!('vectors' in reply)) {
    writeScriptedReply(response, model, reply);
    return;
  }
  const entries = reply.vectors.map((vector, index) => {
    const text = typeof vector === 'string' ? vector : JSON.stringify(vector);
    return `{"object":"embedding","index":${index},"embedding":${text}}`;
  });
  response.setHeader('content-type', 'application/json');
  response.end(
    `{"object":"list","model":${JSON.stringify(model)},"data":[${entries.join(',')}],"usage":{"prompt_tokens":1,"total_tokens":1}}`,
  );
}
