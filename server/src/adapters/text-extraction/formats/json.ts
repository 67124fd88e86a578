import type { ParsedText } from '../parsed-text.ts';
import { fence } from './code.ts';

type Scalar = string | number | boolean | null;

/** JSON, or a JSON value per line, as lines of `path: value` that read like text. What does not parse is kept as it is. */
export function parseJson(text: string): ParsedText {
  const values = parseValues(text);
  if (values === undefined) return { markdown: fence(text, 'json') };
  return { markdown: values.map((value) => toLines(value)).join('\n\n') };
}

function parseValues(text: string): unknown[] | undefined {
  const whole = tryParse(text);
  if (whole !== undefined) return [whole];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const values = lines.map(tryParse);
  // A last line that was cut off is no reason to give up on the others.
  const isLines = values.length > 1 && values.slice(0, -1).every((value) => value !== undefined);
  return isLines ? values.map((value, index) => (value === undefined ? lines[index] : value)) : undefined;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON; the caller goes on with it as text.
    return undefined;
  }
}

/** Walks with a stack of its own: JSON may be nested deeper than calls can be. */
function toLines(root: unknown): string {
  const lines: string[] = [];
  const stack: { readonly path: string; readonly value: unknown }[] = [{ path: '', value: root }];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { path, value } = item;
    if (isScalar(value)) {
      if (value !== null && value !== '') lines.push(path === '' ? String(value) : `${path}: ${value}`);
    } else if (isFlat(value)) {
      lines.push(`- ${path === '' ? '' : `${path}: `}${flatText(value)}`);
    } else {
      const children = Object.entries(value as object).map(([key, child]) => ({
        // Positions in lists are no words to search for; paths of absurd depth are not either.
        path: Array.isArray(value) ? path : path === '' ? key : `${path.slice(-200)}.${key}`,
        value: child as unknown,
      }));
      for (let index = children.length - 1; index >= 0; index--) {
        const child = children[index];
        if (child !== undefined) stack.push(child);
      }
    }
  }
  return lines.join('\n');
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value !== 'object';
}

/** Small enough for a line: an object or list of a few scalars. */
function isFlat(value: unknown): boolean {
  const values = Object.values(value as object);
  return values.length <= 20 && values.every((item) => isScalar(item) && String(item).length <= 200);
}

function flatText(value: unknown): string {
  if (Array.isArray(value)) return value.filter((item) => item !== null && item !== '').join(', ');
  return Object.entries(value as object)
    .filter(([, item]) => item !== null && item !== '')
    .map(([key, item]) => `${key}: ${item}`)
    .join('; ');
}
