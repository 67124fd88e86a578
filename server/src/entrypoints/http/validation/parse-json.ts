import { InvalidInputError } from './problem.ts';

/** Deeper values overflow the stack of what walks them later; no body of this API comes near it. */
const maxDepth = 64;

/**
 * Parses a JSON body. Of duplicate keys the last one counts.
 *
 * @throws InvalidInputError `json_invalid` at the offset of the first wrong character, or when nested deeper than 64
 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalidJson(0, 'JSON decode error', error);
  }
  const tooDeepAt = findTooDeep(text);
  if (tooDeepAt !== undefined) throw invalidJson(tooDeepAt, `JSON decode error: nested deeper than ${maxDepth} levels`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidJson(findErrorOffset(text, error), 'JSON decode error', error);
  }
}

function invalidJson(offset: number, msg: string, cause?: unknown): InvalidInputError {
  const error = new InvalidInputError([{ loc: ['body', offset], msg, type: 'json_invalid' }]);
  error.cause = cause;
  return error;
}

/** Before parsing, so that a hostile body costs one pass over its text. */
function findTooDeep(text: string): number | undefined {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > maxDepth) return i;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return undefined;
}

/** Above this, the search below would parse too much; the offset is a courtesy. */
const maxSearchedLength = 16_384;

/** V8 names the position of some errors only; for the others, the longest prefix that could still become JSON ends there. */
function findErrorOffset(text: string, error: unknown): number {
  const named = positionIn(error);
  if (named !== undefined) return named;
  if (text.length > maxSearchedLength || endsTooSoon(text)) return text.length > maxSearchedLength ? 0 : text.length;
  let possible = 0;
  let wrong = text.length;
  while (wrong - possible > 1) {
    const middle = (possible + wrong) >> 1;
    if (endsTooSoon(text.slice(0, middle))) possible = middle;
    else wrong = middle;
  }
  return possible;
}

function endsTooSoon(prefix: string): boolean {
  try {
    JSON.parse(prefix);
    return true;
  } catch (error) {
    return /Unexpected end|Unterminated/.test(String(error)) || positionIn(error) === prefix.length;
  }
}

function positionIn(error: unknown): number | undefined {
  const match = / at position (\d+)/.exec(String(error));
  return match === null ? undefined : Number(match[1]);
}
