import { randomUUID } from 'node:crypto';
import type { Authenticator, Caller, Person } from '../../core/access/index.ts';
import type { AuditLog } from '../../core/audit/index.ts';
import type { ConnectCaller } from '../../core/connect/index.ts';
import type { RequestLimiter } from '../../core/quotas/index.ts';
import { AppError, type Logger, OrganizationId } from '../../core/shared/index.ts';
import { type AccessRule, enforceAccess, enforcePerson, isPersonRule } from './access-rule.ts';
import { admitRequest } from './admit-request.ts';
import { defaultMaxBodyBytes, type Endpoint } from './endpoint.ts';
import { toErrorAnswer } from './error-response.ts';
import { type CallingPages, corsHeaders, type OriginPolicy, preflightHeaders } from './origin-policy.ts';
import { addressOf, isFromLoopback, RequestDeadline, readCredentials, type SocketBindings } from './request-context.ts';
import { parseInput, type RawBody } from './validation/parse-input.ts';
import { parseJsonBody } from './validation/parse-json.ts';
import { InvalidInputError } from './validation/problem.ts';
import { checkContentLength, isJson, mediaTypeOf, readBody } from './validation/read-body.ts';

export interface RequestHandlerOptions {
  readonly authenticator: Authenticator;
  /** Finds the session of an `Authorization` header. Absent: no endpoint has the access rule `connect`. */
  readonly authenticateSession?: (authorization: string) => Promise<ConnectCaller>;
  readonly originPolicy: OriginPolicy;
  readonly logger: Logger;
  /** Limits requests of organisations; absent: none is limited. */
  readonly requestLimiter?: Pick<RequestLimiter, 'admit'>;
  /** Where the calls are noted that declare so; absent: nowhere. */
  readonly auditLog?: AuditLog;
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
    originPolicy.check(request, callingPages(match));
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
    const endpointInput = {
      ...input,
      caller,
      requestId,
      address: addressOf(request, exchange.bindings, originPolicy.isBehindProxy),
      request,
      disconnect: () => exchange.bindings?.incoming?.socket.destroy(),
      get signal() {
        return deadline.signal;
      },
    };
    const result = await endpoint.handler(endpointInput);
    const entry = endpoint.audit?.(endpointInput, result) ?? null;
    if (entry !== null && caller !== null && 'scope' in caller) {
      await options.auditLog?.record(caller.scope, caller, entry);
    }
    return result instanceof Response ? withHeaders(result, headers) : toJsonResponse(endpoint.status, result, headers);
  }

  async function authorize(
    exchange: Exchange,
    endpoint: Endpoint,
    params: Readonly<Record<string, string>>,
  ): Promise<Caller | Person | null> {
    const { request, headers } = exchange;
    const rule = endpoint.access;
    if (rule === 'public') return null;
    if (rule === 'connect') return authorizeSession(request);
    const isLocal = !originPolicy.isBehindProxy && isFromLoopback(request, exchange.bindings);
    if (rule === 'loopback_or_admin' && isLocal) return null;
    const { cookieToken, ...headerCredentials } = readCredentials(request);
    const isFromOwnPage = originPolicy.mayUseCookie(request);
    const credentials = {
      ...headerCredentials,
      cookie: cookieToken === null ? null : { token: cookieToken, isFromOwnPage },
    };
    const address = addressOf(request, exchange.bindings, originPolicy.isBehindProxy);
    const origin = { requestId: exchange.requestId, address };
    if (isPersonRule(rule)) {
      const person = await authenticator.authenticatePerson(credentials);
      enforcePerson(rule, person);
      return { ...person, request: origin };
    }
    const caller = { ...(await authenticator.authenticate(credentials)), request: origin };
    await admitRequest(options.requestLimiter, caller, headers);
    const acting = await enterNamedOrganization(rule, caller, params);
    enforceAccess(rule, acting, params);
    return acting;
  }

  /** Where the path names the organisation that is acted on, the caller as a member of it. */
  async function enterNamedOrganization(
    rule: AccessRule,
    caller: Caller,
    params: Readonly<Record<string, string>>,
  ): Promise<Caller> {
    if (typeof rule === 'string' || !('role' in rule) || rule.organizationParam === undefined) return caller;
    const id = OrganizationId.safeParse(params[rule.organizationParam]?.toLowerCase());
    // Keys are refused by the rule itself, and what is no UUID by the check of the input.
    if (!id.success || caller.kind === 'api_key') return caller;
    const member = await authenticator.enterOrganization(caller, id.data);
    if (member !== undefined)
      return { ...member, ...(caller.request === undefined ? {} : { request: caller.request }) };
    if (rule.toStrangers === 'not_found') throw new AppError('not_found', 'Organization not found');
    throw new AppError('forbidden', 'You are not a member of this organization.');
  }

  async function authorizeSession(request: Request): Promise<ConnectCaller> {
    const authorization = request.headers.get('authorization');
    if (authorization === null) {
      throw new InvalidInputError([{ loc: ['header', 'authorization'], msg: 'Field required', type: 'missing' }]);
    }
    if (options.authenticateSession === undefined)
      throw new AppError('internal', 'There are no Connect sessions here.');
    return options.authenticateSession(authorization);
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

function callingPages(match: Match): CallingPages {
  if (match.kind !== 'endpoint') return 'allowed';
  if (match.endpoint.access === 'connect') return 'every';
  return match.endpoint.isPage || match.endpoint.isLinked ? 'linking' : 'allowed';
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
