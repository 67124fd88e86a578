import { z } from 'zod';

/** Longest part of an error that a model is told, in characters. */
const maxErrorLength = 2_000;

export type ParsedObject<Value> =
  | { readonly isValid: true; readonly value: Value }
  /** `error` is for the model: what is wrong with its answer. */
  | { readonly isValid: false; readonly error: string };

/** The object in a model's answer: bare, in a fence, or with words around it. */
export function parseObject<Value>(text: string, schema: z.ZodType<Value>): ParsedObject<Value> {
  const from = text.indexOf('{');
  const to = text.lastIndexOf('}');
  if (from === -1 || to < from) return { isValid: false, error: 'The answer holds no JSON object.' };
  try {
    const result = schema.safeParse(JSON.parse(text.slice(from, to + 1)));
    if (result.success) return { isValid: true, value: result.data };
    return { isValid: false, error: z.prettifyError(result.error).slice(0, maxErrorLength) };
  } catch (error) {
    // Not JSON, or nested so deep that the stack ends.
    const reason = error instanceof Error ? error.message : String(error);
    return { isValid: false, error: `The answer is not valid JSON: ${reason.slice(0, 200)}` };
  }
}
