import { z } from 'zod';

/** C0 and C1 controls, and the line and paragraph separators. */
const controlCharacters = /[\p{Cc}\u2028\u2029]/u;

export interface PlainTextLimits {
  /** In code points. */
  readonly min?: number;
  /** In code points. */
  readonly max?: number;
}

/**
 * A one-line text for people, such as a name: any script, no control characters, no broken surrogates (the database takes
 * neither). Lengths count code points, so that an emoji is one character, as it is for a person; zod's own `min` and `max`
 * count UTF-16 units.
 */
export function plainText(limits: PlainTextLimits): z.ZodString {
  return z
    .string()
    .check((context) => {
      const { value } = context;
      const length = countCodePoints(value);
      if (limits.min !== undefined && length < limits.min) {
        context.issues.push({
          code: 'too_small',
          origin: 'string',
          minimum: limits.min,
          inclusive: true,
          input: value,
        });
      }
      if (limits.max !== undefined && length > limits.max) {
        context.issues.push({ code: 'too_big', origin: 'string', maximum: limits.max, inclusive: true, input: value });
      }
      if (controlCharacters.test(value) || !value.isWellFormed()) {
        context.issues.push({ code: 'custom', message: 'must not contain control characters', input: value });
      }
    })
    .meta({
      ...(limits.min === undefined ? {} : { minLength: limits.min }),
      ...(limits.max === undefined ? {} : { maxLength: limits.max }),
    });
}

function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
