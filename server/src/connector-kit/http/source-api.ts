import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { AccessTokens } from '../auth.ts';
import type { FileContent } from '../entity.ts';
import type { Json } from '../json.ts';
import { SourceError } from '../source-error.ts';
import { askedWaitMs } from './asked-wait.ts';
import { type Call, get } from './call.ts';
import type { Paging, ReadAnswer } from './paging.ts';
import { nextUrlIn, toRequestUrl } from './request-url.ts';
import { toSourceError } from './response-errors.ts';
import type { SourceAnswer, SourceHttp } from './source-http.ts';

/** Where and how a source is asked; the part of a declaration that `createSourceApi` needs. */
export interface ApiWords {
  readonly displayName: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The headers that sign a request. */
  sign(token: string): Readonly<Record<string, string>>;
  /** The token given directly; not asked when there are `tokens`. */
  readonly token: string;
  readonly tokens: AccessTokens | undefined;
  /** Origins besides the base address that calls may go to. */
  readonly alsoAt: readonly string[];
  /** What an answer means that says so in its body only, such as an error within a 200. */
  readonly problemOf?:
    | ((answer: { readonly status: number; readonly body: unknown }) => Problem | undefined)
    | undefined;
}

/** Why an answer is none. */
export interface Problem {
  readonly kind: 'rate_limited' | 'credentials' | 'entity' | 'source';
  /** What the source calls it: a code, not prose. */
  readonly code: string;
}

export interface FileWords {
  /** With extension. */
  readonly name: string;
  readonly mimeType?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  /** A call is signed; an address (of a signed link, such as a storage gives) is fetched as it is. */
  readonly from: Call | string;
}

/** What connectors ask a source with. Errors are SourceErrors of the kind that says who is to blame. */
export interface SourceApi {
  /** One answer, parsed. */
  get<T>(call: Call, schema: z.ZodType<T>): Promise<T>;
  /** As `get`; undefined when the source says that there is no such thing, or that we may not see it (403, 404, 410). */
  find<T>(call: Call, schema: z.ZodType<T>): Promise<T | undefined>;
  /** One page of a list, its items unparsed. */
  page(
    call: Call,
    paging: Paging,
    token: Json | undefined,
  ): Promise<{ readonly items: readonly unknown[]; readonly next: Json | undefined; readonly body: unknown }>;
  /** All items of a list, page by page. An item that does not fit fails it. */
  list<T>(call: Call, paging: Paging, schema: z.ZodType<T>): AsyncGenerator<T>;
  /** A file, fetched when it is opened. */
  file(words: FileWords): FileContent;
}

/** Tells one call from the next of a list that goes round. */
const maxPages = 100_000;

export function createSourceApi(http: SourceHttp, words: ApiWords, signal: AbortSignal): SourceApi {
  /** Sends; after a 401 once more with a new token, where there can be one. */
  async function exchange<A extends Omit<SourceAnswer, 'body'>>(
    call: Call,
    send: (request: Parameters<SourceHttp['send']>[0]) => Promise<A>,
  ): Promise<A> {
    const token = words.tokens === undefined ? words.token : await words.tokens.current();
    const attempt = (withToken: string) =>
      send({
        method: call.method,
        url: toRequestUrl(words.baseUrl, call, words.alsoAt),
        route: call.path.startsWith('http') ? '(next page)' : call.path || '/',
        headers: {
          accept: 'application/json',
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...words.headers,
          ...call.headers,
          ...words.sign(withToken),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        isRepeatable: call.isRepeatable,
        signal,
      });
    const answer = await attempt(token);
    if (answer.status !== 401 || words.tokens === undefined) return answer;
    return attempt(await words.tokens.renew(token));
  }

  async function readJson(call: Call): Promise<ReadAnswer> {
    const answer = await exchange(call, (request) => http.send(request));
    const body = parseJson(answer.body);
    const problem = words.problemOf?.({ status: answer.status, body });
    if (problem !== undefined) throw toProblemError(problem, answer);
    if (answer.status < 200 || answer.status > 299) throw toError(answer, call, body);
    if (body === undefined) {
      throw new SourceError('source', `${words.displayName} answered ${routeOf(call)} with something that is no JSON.`);
    }
    return { body, headers: answer.headers };
  }

  function toError(answer: Omit<SourceAnswer, 'body'>, call: Call, body: unknown): SourceError {
    const isSignedIn = words.tokens !== undefined;
    return toSourceError(
      { ...answer, text: JSON.stringify(body) ?? '' },
      { source: words.displayName, route: routeOf(call), isSignedIn },
    );
  }

  function toProblemError({ kind, code }: Problem, { status, headers }: Omit<SourceAnswer, 'body'>): SourceError {
    const errorCategory = words.tokens === undefined ? 'api_key_invalid' : 'oauth_credentials_expired';
    return new SourceError(kind, `${words.displayName} says: ${code.slice(0, 100)}.`, {
      status,
      ...(kind === 'rate_limited' ? { retryAfterMs: askedWaitMs(headers, Date.now()) ?? defaultWaitMs } : {}),
      ...(kind === 'credentials' ? { errorCategory } : {}),
    });
  }

  function parse<T>(value: unknown, schema: z.ZodType<T>, call: Call): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new SourceError(
      'source',
      `${words.displayName} answered ${routeOf(call)} unexpectedly: ${explain(parsed.error)}`,
    );
  }

  const api: SourceApi = {
    async get(call, schema) {
      return parse((await readJson(call)).body, schema, call);
    },
    async find(call, schema) {
      try {
        return await api.get(call, schema);
      } catch (error) {
        if (error instanceof SourceError && error.kind === 'entity') return undefined;
        throw error;
      }
    },
    async page(call, paging, token) {
      const asked = paging.callFor(call, token);
      const answer = await readJson(asked);
      const items = itemsOf(paging, answer, asked);
      const next = paging.nextOf(answer, { items, token });
      if (next !== undefined && next === token) {
        throw new SourceError('source', `${words.displayName} gave ${routeOf(call)} the same page again as its next.`);
      }
      if (typeof next === 'string') nextUrlIn(words.baseUrl, next);
      return { items, next, body: answer.body };
    },
    async *list(call, paging, schema) {
      let token: Json | undefined;
      for (let count = 0; count < maxPages; count += 1) {
        const { items, next } = await api.page(call, paging, token);
        for (const item of items) yield parse(item, schema, call);
        if (next === undefined) return;
        token = next;
      }
    },
    file({ name, mimeType, size, from }) {
      return {
        name,
        ...(mimeType === undefined ? {} : { mimeType }),
        ...(size === undefined ? {} : { size }),
        open: (fileSignal) => openFile(from, fileSignal),
      };
    },
  };

  async function openFile(from: Call | string, fileSignal: AbortSignal): Promise<Readable> {
    const timed = { timeoutMs: fileTimeoutMs, signal: fileSignal };
    const answer =
      typeof from === 'string'
        ? await http.open({ method: 'GET', url: from, route: '(file)', headers: {}, isRepeatable: true, ...timed })
        : await exchange({ ...from, headers: { accept: '*/*', ...from.headers } }, (request) =>
            http.open({ ...request, ...timed }),
          );
    if (answer.status >= 200 && answer.status <= 299) return answer.body;
    answer.body.destroy();
    const isOurs = typeof from !== 'string' && answer.status === 401;
    if (isOurs || answer.status === 429 || answer.status >= 500) {
      throw toError(answer, typeof from === 'string' ? get('/file') : from, undefined);
    }
    const message = `${words.displayName} does not give this file (status ${answer.status}).`;
    throw new SourceError('entity', message, { status: answer.status });
  }

  function itemsOf(paging: Paging, answer: ReadAnswer, call: Call): readonly unknown[] {
    try {
      return paging.itemsOf(answer);
    } catch (error) {
      const message = `${words.displayName} answered ${routeOf(call)} unexpectedly: the list is missing.`;
      throw new SourceError('source', message, { cause: error });
    }
  }

  return api;
}

/** For who names a limit and no time. */
const defaultWaitMs = 60_000;

/** Large files take long; who is stuck is noticed by the run. */
const fileTimeoutMs = 540_000;

function routeOf(call: Call): string {
  return call.path.startsWith('http') ? 'a request for the next page' : call.path || 'a query';
}

/** The first few mistakes; paths and kinds only, never values. */
function explain(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'the answer'}: ${issue.message}`)
    .join('; ');
}

function parseJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Pages of proxies and error texts: the status says what they mean.
    return undefined;
  }
}
