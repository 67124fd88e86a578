import type { z } from 'zod';
import type { Caller, Person } from '../../core/access/index.ts';
import type { AuditEntry } from '../../core/audit/index.ts';
import type { ConnectCaller } from '../../core/connect/index.ts';
import type { AccessRule, PersonRule } from './access-rule.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

type Empty = Record<never, never>;
type ObjectSchema = z.ZodType<object>;
type OutputOf<Schema extends z.ZodType | undefined, Absent> = Schema extends z.ZodType ? z.output<Schema> : Absent;
type CallerOf<Access extends AccessRule> = Access extends 'public' | 'loopback_or_admin'
  ? Caller | null
  : Access extends 'connect'
    ? ConnectCaller
    : Access extends PersonRule
      ? Person
      : Caller;

/** What a handler gets: everything parsed and allowed already. */
export interface EndpointInput<Params = Empty, Query = Empty, Headers = Empty, Body = undefined, Who = Caller | null> {
  readonly params: Params;
  readonly query: Query;
  /** Only the headers that the endpoint declares, by lower-case name. */
  readonly headers: Headers;
  /** Undefined without a `body` schema, and when the request's content type is one of `uploads`. */
  readonly body: Body;
  /** Null on endpoints that anyone may call. */
  readonly caller: Who;
  readonly requestId: string;
  /** The network address the request came from; null when it is not known. */
  readonly address: string | null;
  /** Aborted when the client goes away or the request's time is up. */
  readonly signal: AbortSignal;
  /** Cuts the connection, for clients that do not read what they asked for. */
  readonly disconnect: () => void;
  /** The raw request; its body is unread only for content types of `uploads`. */
  readonly request: Request;
}

export interface EndpointDeclaration<
  Access extends AccessRule,
  Params extends ObjectSchema | undefined,
  Query extends ObjectSchema | undefined,
  Headers extends ObjectSchema | undefined,
  Body extends z.ZodType | undefined,
  Uploads extends readonly string[] | undefined,
  Answer extends z.ZodType,
> {
  readonly method: HttpMethod;
  /** `/collections/{readable_id}`; also served with a trailing slash. A last segment `*` takes the rest of the path. */
  readonly path: string;
  /** One line, for the API's documentation; its words make the operation id. */
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** Who may call it. There is no default: leaving it out does not compile. */
  readonly access: Access;
  /** An object schema with one key per `{name}` of the path. */
  readonly params?: Params;
  /** An object schema. Plain zod: numbers, booleans and ids are read from their texts; an array takes repeated keys. */
  readonly query?: Query;
  /** An object schema by lower-case header name. */
  readonly headers?: Headers;
  /** The JSON body. A schema that accepts `undefined` makes the body optional. */
  readonly body?: Body;
  /** A body that shows how it is used, for the documentation; a test sends it. */
  readonly example?: Body extends z.ZodType ? z.input<Body> : never;
  /** Content types, such as `multipart/form-data`, whose body the handler reads itself from `request`. */
  readonly uploads?: Uploads;
  /** Largest JSON body in bytes; default 10 MiB. */
  readonly maxBodyBytes?: number;
  /** Largest announced length of an upload in bytes; default 10 MiB. The handler counts what really comes. */
  readonly maxUploadBytes?: number;
  /** Until the response's headers; default 60 s, null: without end. */
  readonly timeoutMs?: number | null;
  /** The answer's JSON: for its documentation and its type. */
  readonly response: Answer;
  /**
   * Content types of the answer, for its documentation; default `application/json`, which is the only one that `response`
   * describes. What nobody knows in advance is OpenAPI's range of all types.
   */
  readonly produces?: readonly string[];
  /** Default 200. */
  readonly status?: number;
  /** Another successful status, for a handler that answers with a `Response` of its own. */
  readonly otherStatus?: number;
  /** Further error statuses to document, beside those that follow from the access rule and the input. */
  readonly errors?: readonly number[];
  /** A page or asset for browsers: not in the API's documentation, and links from other sites may open it. */
  readonly isPage?: boolean;
  /** Links and redirects of other sites may open it in a browser, though it is no page. */
  readonly isLinked?: boolean;
  /**
   * What the audit log says of a call that succeeded, written before the answer goes out; null: nothing. For calls whose core
   * does not write it together with the change.
   */
  readonly audit?: (
    input: EndpointInput<
      OutputOf<Params, Empty>,
      OutputOf<Query, Empty>,
      OutputOf<Headers, Empty>,
      Uploads extends readonly string[] ? OutputOf<Body, undefined> | undefined : OutputOf<Body, undefined>,
      CallerOf<Access>
    >,
    answer: z.input<Answer> | Response,
  ) => AuditEntry | null;
  readonly handler: (
    input: EndpointInput<
      OutputOf<Params, Empty>,
      OutputOf<Query, Empty>,
      OutputOf<Headers, Empty>,
      Uploads extends readonly string[] ? OutputOf<Body, undefined> | undefined : OutputOf<Body, undefined>,
      CallerOf<Access>
    >,
  ) => Promise<z.input<Answer> | Response> | z.input<Answer> | Response;
}

/** An endpoint with its types erased, as the server holds it. */
export interface Endpoint {
  readonly method: HttpMethod;
  readonly path: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  readonly access: AccessRule;
  readonly params: ObjectSchema | undefined;
  readonly query: ObjectSchema | undefined;
  readonly headers: ObjectSchema | undefined;
  readonly body: z.ZodType | undefined;
  readonly example: unknown;
  readonly uploads: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxUploadBytes: number;
  readonly timeoutMs: number | null;
  readonly response: z.ZodType;
  readonly produces: readonly string[];
  readonly status: number;
  readonly otherStatus: number | undefined;
  readonly errors: readonly number[];
  readonly isPage: boolean;
  readonly isLinked: boolean;
  readonly audit:
    | ((
        input: EndpointInput<unknown, unknown, unknown, unknown, Caller | Person | null>,
        answer: unknown,
      ) => AuditEntry | null)
    | undefined;
  readonly handler: (input: EndpointInput<unknown, unknown, unknown, unknown, Caller | Person | null>) => unknown;
}

export const defaultMaxBodyBytes = 10 * 1024 * 1024;
const defaultTimeoutMs = 60_000;

/**
 * Declares one endpoint: its contract in zod, who may call it, and the function that answers.
 *
 * The handler returns the response's JSON value, or a `Response` of its own (pages, streams), and throws `AppError` for
 * expected failures.
 *
 * @throws Error when the path's parameters and the keys of `params` differ
 */
export function defineEndpoint<
  const Access extends AccessRule,
  Answer extends z.ZodType,
  Params extends ObjectSchema | undefined = undefined,
  Query extends ObjectSchema | undefined = undefined,
  Headers extends ObjectSchema | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  Uploads extends readonly string[] | undefined = undefined,
>(declaration: EndpointDeclaration<Access, Params, Query, Headers, Body, Uploads, Answer>): Endpoint {
  checkPathParams(declaration.path, declaration.params);
  return {
    method: declaration.method,
    path: declaration.path,
    summary: declaration.summary,
    description: declaration.description,
    tags: declaration.tags,
    access: declaration.access,
    params: declaration.params,
    query: declaration.query,
    headers: declaration.headers,
    body: declaration.body,
    example: declaration.example,
    uploads: declaration.uploads ?? [],
    maxBodyBytes: declaration.maxBodyBytes ?? defaultMaxBodyBytes,
    maxUploadBytes: declaration.maxUploadBytes ?? defaultMaxBodyBytes,
    timeoutMs: declaration.timeoutMs === undefined ? defaultTimeoutMs : declaration.timeoutMs,
    response: declaration.response,
    produces: declaration.produces ?? ['application/json'],
    status: declaration.status ?? 200,
    otherStatus: declaration.otherStatus,
    errors: declaration.errors ?? [],
    isPage: declaration.isPage ?? false,
    isLinked: declaration.isLinked ?? false,
    // The server parses the input with this endpoint's own schemas before it calls the handler.
    handler: declaration.handler as Endpoint['handler'],
    audit: declaration.audit as Endpoint['audit'],
  };
}

/** The names in a path template: `/a/{b}/c/{d}` gives `['b', 'd']`. */
export function pathParamNames(path: string): readonly string[] {
  return [...path.matchAll(/\{([a-z_]+)\}/g)].map((match) => match[1] ?? '');
}

function checkPathParams(path: string, params: ObjectSchema | undefined): void {
  const inPath = pathParamNames(path);
  const declared = params !== undefined && 'shape' in params ? Object.keys(params.shape as object) : [];
  if (inPath.toSorted().join() !== declared.toSorted().join()) {
    throw new Error(`${path}: the path has the parameters [${inPath}], the schema has [${declared}]`);
  }
}
