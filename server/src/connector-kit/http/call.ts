import type { JsonObject } from '../json.ts';

type QueryValue = string | number | boolean | undefined;

/** A request as a connector words it; the kit adds the base address and what signs it. */
export interface Call {
  readonly method: 'GET' | 'POST';
  /** Under the base address, with `{name}` for each part of `at`; or absolute, at the same host. */
  readonly path: string;
  readonly at: Readonly<Record<string, string | number>>;
  /** What is undefined is left out. */
  readonly query: Readonly<Record<string, QueryValue>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: JsonObject;
  readonly isRepeatable: boolean;
}

/** The names in `/repos/{owner}/{repo}`; `{+path}` is one with slashes that stay. */
type PartsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `+${infer Bare}` ? Bare : Name) | PartsOf<Rest>
  : never;

interface CommonWords {
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly headers?: Readonly<Record<string, string>>;
}
type WordsOf<Path extends string, More> = [PartsOf<Path>] extends [never]
  ? readonly [words?: More]
  : readonly [words: More & { readonly at: Readonly<Record<PartsOf<Path>, string | number>> }];

/** Asks for something. Each `{name}` in the path must be given in `at` and is percent-encoded. */
export function get<const Path extends string>(path: Path, ...words: WordsOf<Path, CommonWords>): Call {
  return { method: 'GET', path, at: {}, query: {}, headers: {}, isRepeatable: true, ...words[0] };
}

/** Asks for something with a body, as searches do; nothing is changed at the source, so it may be sent again. */
export function post<const Path extends string>(
  path: Path,
  ...words: WordsOf<Path, CommonWords & { readonly body?: JsonObject }>
): Call {
  return { method: 'POST', path, at: {}, query: {}, headers: {}, isRepeatable: true, ...words[0] };
}

/** A GraphQL query, which is sent to the base address itself. */
export function graphql(query: string, variables: JsonObject = {}): Call {
  return post('', { body: { query, variables } });
}

export function withQuery(call: Call, query: Readonly<Record<string, QueryValue>>): Call {
  return { ...call, query: { ...call.query, ...query } };
}

export function withBody(call: Call, body: JsonObject): Call {
  return { ...call, body: { ...call.body, ...body } };
}
