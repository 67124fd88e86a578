import type { Encoder } from './encoder.ts';

/** An encoder that computes each text's vector once, for the time of one search. */
export function rememberVectors(encoder: Pick<Encoder, 'name' | 'embedQuery'>): Pick<Encoder, 'name' | 'embedQuery'> {
  const vectors = new Map<string, Promise<Float32Array>>();
  return {
    name: encoder.name,
    embedQuery: (text) => {
      const vector = vectors.get(text) ?? encoder.embedQuery(text);
      vectors.set(text, vector);
      return vector;
    },
  };
}
