import { randomUUID } from 'node:crypto';
import type { Authenticator, Caller } from '../../core/access/index.ts';
import { AppError, type Logger } from '../../core/shared/index.ts';
import { enforceAccess } from './access-rule.ts';
import { defaultMaxBodyBytes, type Endpoint } from './endpoint.ts';
import { toErrorAnswer } from './error-response.ts';
import { corsHeaders, type OriginPolicy, preflightHeaders } from './origin-policy.ts';
import { isFromLoopback, RequestDeadline, readCredentials, type SocketBindings } from './request-context.ts';
import { parseInput, type RawBody } from './validation/parse-input.ts';
import { parseJsonBody } from './validation/parse-json.ts';
import { checkContentLength, isJson, mediaTypeOf, readBody } from './validation/read-body.ts';

export interface RequestHandlerOptions {
  readonly authenticator: Authenticator;
  readonly originPolicy: OriginPolicy;
  readonly logger: Logger;
  /** Told of every answered request; for metrics. */
  readonly onAnswered: (request: AnsweredRequest) => void;
  /** While shutting down, connections are not kept alive. */
  readonly isClosing: () => boolean;
}

export interface AnsweredRequest {
  readonly method: string;
  /** The path's template; never the path itself, which may hold ids. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

/** Not a standard status: nginx's word for it. */
const clientClosedRequest = 499;

/** What the router found for a request. */
export type Match =
  | { readonly kind: 'endpoint'; readonly endpoint: Endpoint; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'wrong_method'; readonly path: string; readonly allow: string }
  | { readonly kind: 'unknown_path' };

/** One request on its way through the steps below. */
interface Exchange {
  readonly request: Request;
  readonly bindings: SocketBindings | undefined;
  readonly requestId: string;
  /** Of the answer to be; steps add to it, so that errors carry them too. */
  readonly headers: Record<string, string>;
  readonly deadline: RequestDeadline;
}

/**
 * Answers one request. The order is part of the contract: where it comes from, preflight, body size, route, JSON syntax,
 * who is calling and whether they may, the rest of the input, and only then the handler.
 */
export function createRequestHandler(options: RequestHandlerOptions) {
  const { authenticator, originPolicy, logger } = options;

  return async function handleRequest(
    request: Request,
    bindings: SocketBindings | undefined,
    match: Match,
  ): Promise<Response> {
    const startedAt = performance.now();
    const requestId = randomUUID();
    const headers: Record<string, string> = { 'X-Request-ID': requestId, 'X-Content-Type-Options': 'nosniff' };
    const exchange: Exchange = { request, bindings, requestId, headers, deadline: new RequestDeadline(request) };
    let response: Response;
    try {
      response = await answer(exchange, match);
    } catch (error) {
      response = toErrorResponse(exchange, error);
    }
    if (options.isClosing()) response.headers.set('Connection', 'close');
    const durationMs = Math.round((performance.now() - startedAt) * 100) / 100;
    const answered = { method: request.method, route: routeOf(match), status: response.status, durationMs };
    options.onAnswered(answered);
    logger.info({ ...answered, requestId }, 'request');
    return response;
  };

  async function answer(exchange: Exchange, match: Match): Promise<Response> {
    const { request, headers } = exchange;
    const origin = request.headers.get('origin');
    if (origin !== null) {
      const isAllowed = originPolicy.allows(origin, request);
      if (request.method === 'OPTIONS') {
        const cors = isAllowed ? preflightHeaders(origin, request) : {};
        return new Response(null, { status: isAllowed ? 200 : 403, headers: { ...headers, ...cors } });
      }
      if (isAllowed) Object.assign(headers, corsHeaders(origin));
    }
    originPolicy.check(request, match.kind === 'endpoint' && match.endpoint.isPage);
    checkContentLength(request, maxBytesOf(request, match));
    if (match.kind === 'unknown_path') throw new AppError('not_found', 'Not Found');
    if (match.kind === 'wrong_method') {
      return toJsonResponse(405, { detail: 'Method Not Allowed' }, { ...headers, Allow: match.allow });
    }
    return exchange.deadline.limit(
      runEndpoint(exchange, match.endpoint, match.params),
      match.endpoint.timeoutMs,
      () => toJsonResponse(504, { detail: 'The request took too long and was given up.' }, headers),
      (error) => logger.warn({ err: error, requestId: exchange.requestId }, 'a request failed after it was given up'),
    );
  }

  async function runEndpoint(
    exchange: Exchange,
    endpoint: Endpoint,
    params: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const { request, requestId, headers, deadline } = exchange;
    // The contract judges JSON syntax before the caller; but nobody unknown may make us hold a body of unusual size.
    const isLarge = endpoint.maxBodyBytes > defaultMaxBodyBytes;
    const knownFirst = isLarge ? await authorize(exchange, endpoint, params) : undefined;
    const body = await readRawBody(request, endpoint);
    const caller = knownFirst === undefined ? await authorize(exchange, endpoint, params) : knownFirst;
    const query = new URLSearchParams(queryOf(request.url));
    const input = parseInput(endpoint, { params, query, headers: request.headers, body });
    const result = await endpoint.handler({
      ...input,
      caller,
      requestId,
      request,
      get signal() {
        return deadline.signal;
      },
    });
    return result instanceof Response ? withHeaders(result, headers) : toJsonResponse(endpoint.status, result, headers);
  }

  async function authorize(
    exchange: Exchange,
    endpoint: Endpoint,
    params: Readonly<Record<string, string>>,
  ): Promise<Caller | null> {
    const { request, headers } = exchange;
    const rule = endpoint.access;
    if (rule === 'public') return null;
    const isLocal = !originPolicy.isBehindProxy && isFromLoopback(request, exchange.bindings);
    if (rule === 'loopback_or_admin' && isLocal) return null;
    const credentials = readCredentials(request);
    const caller = await authenticator.authenticate(
      // Endpoints about a person look at no key and no organisation.
      rule === 'user' ? { ...credentials, apiKey: null, organizationId: null } : credentials,
    );
    // There is no limit to count against; clients still read these.
    headers['RateLimit-Limit'] = '9999';
    headers['RateLimit-Remaining'] = '9999';
    headers['RateLimit-Reset'] = String(Math.floor(Date.now() / 1000));
    enforceAccess(rule, caller, params);
    return caller;
  }

  function toErrorResponse({ request, headers, requestId }: Exchange, error: unknown): Response {
    const failure = toErrorAnswer(error);
    // Whoever asked has left, which is why the work failed; the status is for the log alone.
    if (failure.isUnexpected && request.signal.aborted) return new Response(null, { status: clientClosedRequest });
    if (!failure.isUnexpected) return toJsonResponse(failure.status, failure.body, { ...headers, ...failure.headers });
    logger.error({ err: error, requestId }, 'a request failed unexpectedly');
    const {
      'RateLimit-Limit': _limit,
      'RateLimit-Remaining': _remaining,
      'RateLimit-Reset': _reset,
      ...kept
    } = headers;
    return toJsonResponse(failure.status, failure.body, kept);
  }
}

function maxBytesOf(request: Request, match: Match): number {
  if (match.kind !== 'endpoint') return defaultMaxBodyBytes;
  const { uploads, maxUploadBytes, maxBodyBytes } = match.endpoint;
  return uploads.includes(mediaTypeOf(request)) ? maxUploadBytes : maxBodyBytes;
}

function queryOf(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start + 1);
}

async function readRawBody(request: Request, endpoint: Endpoint): Promise<RawBody> {
  if (endpoint.body === undefined && endpoint.uploads.length === 0) return { kind: 'absent' };
  const mediaType = mediaTypeOf(request);
  if (endpoint.uploads.includes(mediaType)) return { kind: 'unread' };
  const bytes = await readBody(request, endpoint.maxBodyBytes);
  if (bytes.byteLength === 0) return { kind: 'absent' };
  return isJson(mediaType) ? { kind: 'json', value: parseJsonBody(bytes) } : { kind: 'other' };
}

function toJsonResponse(status: number, body: unknown, headers: Readonly<Record<string, string>>): Response {
  const json = { ...headers, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  if (status === 204) return new Response(null, { status, headers });
  return new Response(JSON.stringify(body), { status, headers: json });
}

function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) {
    // What is open to all pages still has to name the page that sends credentials.
    if (!response.headers.has(name) || name === 'Access-Control-Allow-Origin') response.headers.set(name, value);
  }
  return response;
}

function routeOf(match: Match): string {
  if (match.kind === 'endpoint') return match.endpoint.path;
  return match.kind === 'wrong_method' ? match.path : 'unknown';
}
