import type { z } from 'zod';
import type { Endpoint } from '../endpoint.ts';
import { coerceInput } from './coerce-input.ts';
import { describeIssue, markIntegers } from './describe-issue.ts';
import { InvalidInputError, type Problem } from './problem.ts';

/** What arrived, before the endpoint's schemas have seen it. */
export interface RawInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: RawBody;
}

/** `unread`: the handler reads it itself; `other`: a type that is not JSON. */
export type RawBody =
  | { readonly kind: 'absent' | 'unread' | 'other' }
  | { readonly kind: 'json'; readonly value: unknown };

export interface ParsedInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly body: unknown;
}

/**
 * Parses path, query, headers and body with the endpoint's schemas.
 *
 * @throws InvalidInputError with the problems of all four
 */
export function parseInput(endpoint: Endpoint, raw: RawInput): ParsedInput {
  const problems: Problem[] = [];
  const parse = (where: string, schema: z.ZodType | undefined, value: unknown): unknown => {
    if (schema === undefined) return {};
    const result = schema.safeParse(coerceInput(schema, value), { error: markIntegers });
    if (result.success) return result.data;
    problems.push(...result.error.issues.flatMap((issue) => describeIssue(issue, value, [where])));
    return undefined;
  };
  problems.push(...findNulCharacters(raw));
  const parsed = {
    params: parse('path', endpoint.params, raw.params),
    query: parse('query', endpoint.query, endpoint.query && toQueryObject(endpoint.query, raw.query)),
    headers: parse('header', endpoint.headers, endpoint.headers && toHeaderObject(endpoint.headers, raw.headers)),
    body: parseBody(endpoint.body, raw.body, parse, problems),
  };
  if (problems.length > 0) throw new InvalidInputError(problems);
  return parsed;
}

function parseBody(
  schema: z.ZodType | undefined,
  raw: RawBody,
  parse: (where: string, schema: z.ZodType, value: unknown) => unknown,
  problems: Problem[],
): unknown {
  if (schema === undefined || raw.kind === 'unread') return undefined;
  if (raw.kind === 'other') {
    // The words of the reference for a body that was not parsed because of its content type.
    const msg = 'Input should be a valid dictionary or object to extract fields from';
    problems.push({ loc: ['body'], msg, type: 'model_attributes_type' });
    return undefined;
  }
  // To the reference's server, a body that is `null` is none.
  return parse('body', schema, raw.kind === 'json' ? (raw.value ?? undefined) : undefined);
}

function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  return 'shape' in schema ? (schema.shape as Record<string, z.ZodType>) : {};
}

/** Of a repeated key the last value counts, unless the schema wants a list. Unknown keys are ignored. */
function toQueryObject(schema: z.ZodType, query: URLSearchParams): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(shapeOf(schema))) {
    const all = query.getAll(key);
    if (all.length > 0) values[key] = takesList(field) ? all : all.at(-1);
  }
  return values;
}

function takesList(schema: z.core.$ZodType): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'array' || ('innerType' in def && takesList(def.innerType));
}

function toHeaderObject(schema: z.ZodType, headers: Headers): Record<string, unknown> {
  const names = Object.keys(shapeOf(schema)).filter((name) => headers.has(name));
  return Object.fromEntries(names.map((name) => [name, headers.get(name)]));
}

/** PostgreSQL takes no NUL in a text, so none can name anything. */
function findNulCharacters(raw: RawInput): readonly Problem[] {
  const found: Problem[] = [];
  const check = (where: string, key: string, value: string): void => {
    if (value.includes('\0')) {
      found.push({ loc: [where, key], msg: 'Value error, must not contain NUL characters', type: 'value_error' });
    }
  };
  for (const [key, value] of Object.entries(raw.params)) check('path', key, value);
  for (const [key, value] of raw.query) check('query', key, value);
  return found;
}
