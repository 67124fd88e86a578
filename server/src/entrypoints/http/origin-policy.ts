import { AppError } from '../../core/shared/index.ts';

export interface OriginPolicyOptions {
  /** Without authentication whatever reaches the server is obeyed, so foreign pages must not reach it. */
  readonly isOpen: boolean;
  /** The name or address that the server was told to listen on. */
  readonly boundHost: string;
  readonly publicUrl: string | undefined;
  /** Origins such as `https://app.example.com`, beside our own and those on this machine. */
  readonly additionalOrigins: readonly string[];
}

/** Which web pages may call an endpoint: those of allowed origins, also whoever links to it, or every one. */
export type CallingPages = 'allowed' | 'linking' | 'every';

export interface OriginPolicy {
  /** @throws AppError('forbidden') for what a page that may not call sent, or for a name that is not ours (DNS rebinding) */
  check(request: Request, callers: CallingPages): void;
  /** Whether pages of this origin may read our answers. */
  allows(origin: string, request: Request): boolean;
  /**
   * Whether a session's cookie counts for this request. Browsers send cookies with what other sites' pages ask, too: a change counts
   * only if the browser says that one of our own pages, or one that `ADDITIONAL_CORS_ORIGINS` names, asks for it.
   */
  mayUseCookie(request: Request): boolean;
  /**
   * Whether `PUBLIC_URL` says that the server is reached through a proxy. Then nothing follows from a request's coming from
   * this machine, since all do; a proxy need not say that it is one.
   */
  readonly isBehindProxy: boolean;
}

const loopbackName = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Decides which names and which web pages may talk to the server; see `docs/threat-model.md` for what it guards against. */
export function createOriginPolicy(options: OriginPolicyOptions): OriginPolicy {
  const publicUrl = options.publicUrl === undefined ? undefined : new URL(options.publicUrl);
  const boundName = options.boundHost.includes(':') ? `[${options.boundHost}]` : options.boundHost.toLowerCase();
  const namedOrigins = new Set([...options.additionalOrigins, ...(publicUrl === undefined ? [] : [publicUrl.origin])]);

  const isOurName = (hostname: string): boolean =>
    loopbackName.test(hostname) || hostname === boundName || hostname === publicUrl?.hostname;

  const isOurs = (origin: string, request: Request): boolean => {
    if (namedOrigins.has(origin)) return true;
    const url = URL.parse(origin);
    // A sandboxed frame or a local file says `null`, which does not parse.
    if (url === null || url.origin !== origin) return false;
    if (url.protocol === 'http:' && loopbackName.test(url.hostname)) return true;
    return url.host === hostOf(request)?.host && isOurName(url.hostname);
  };

  const check = (request: Request, callers: CallingPages): void => {
    if (!options.isOpen) return;
    const host = hostOf(request);
    if (host === undefined || !isOurName(host.hostname)) {
      throw new AppError(
        'forbidden',
        'This Host is not one of the server. Use the address it printed, or set PUBLIC_URL.',
      );
    }
    if (callers === 'every') return;
    const { headers } = request;
    const origin = headers.get('origin');
    if (origin !== null) {
      if (isOurs(origin, request)) return;
      throw new AppError(
        'forbidden',
        'Pages of this Origin may not call the server. ADDITIONAL_CORS_ORIGINS names those that may.',
      );
    }
    const isLink =
      callers === 'linking' &&
      headers.get('sec-fetch-mode') === 'navigate' &&
      headers.get('sec-fetch-dest') === 'document';
    if (headers.get('sec-fetch-site') === 'cross-site' && !isLink) {
      throw new AppError('forbidden', 'Requests that come from another site are refused.');
    }
  };

  const mayUseCookie = (request: Request): boolean => {
    if (isFromOwnPage(request, namedOrigins)) return true;
    const { headers } = request;
    const hasForeignOrigin = headers.has('origin') && headers.get('origin') !== 'null';
    return request.method === 'GET' && !hasForeignOrigin && headers.get('sec-fetch-site') !== 'cross-site';
  };

  const isBehindProxy = publicUrl !== undefined && !loopbackName.test(publicUrl.hostname);
  const allows = (origin: string, request: Request): boolean =>
    isOurs(origin, request) || (origin !== '' && isForEveryPage(request));
  return { check, allows, mayUseCookie, isBehindProxy };
}

/**
 * Connect is called from the pages of customers, whoever they are: what lets them in is the session's token. Sessions
 * themselves are begun by servers.
 */
function isForEveryPage(request: Request): boolean {
  const path = decodedPath(request)?.replace(/\/+$/, '');
  if (path === undefined || path === '/connect/sessions') return false;
  return path === '/connect' || path.startsWith('/connect/');
}

/** As the router reads it, so that no spelling of a path is taken for another one. */
function decodedPath(request: Request): string | undefined {
  try {
    return decodeURIComponent(new URL(request.url).pathname);
  } catch {
    // Half an escape: whatever it is meant to be, it is nothing that every page may call.
    return undefined;
  }
}

/**
 * Whether the browser says that a page of this server, or of one of `otherOrigins`, sent the request. What says nothing is not from
 * a page of ours.
 */
export function isFromOwnPage(request: Request, otherOrigins: ReadonlySet<string>): boolean {
  const origin = request.headers.get('origin');
  if (origin !== null && origin !== 'null') {
    const host = URL.parse(origin)?.host;
    return otherOrigins.has(origin) || (host !== undefined && host === hostOf(request)?.host);
  }
  return request.headers.get('sec-fetch-site') === 'same-origin';
}

function hostOf(request: Request): { readonly host: string; readonly hostname: string } | undefined {
  const host = request.headers.get('host');
  const url = host === null ? null : URL.parse(`http://${host}`);
  // What parses into more than a host (a path, a user) was not one.
  if (url === null || url.pathname !== '/' || url.username !== '' || url.search !== '' || url.hash !== '')
    return undefined;
  return { host: url.host, hostname: url.hostname };
}

/** The answer to a preflight is complete with these; other answers get the first two. */
export function corsHeaders(origin: string): Record<string, string> {
  return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true', Vary: 'Origin' };
}

export function preflightHeaders(origin: string, request: Request): Record<string, string> {
  return {
    ...corsHeaders(origin),
    'Access-Control-Allow-Methods': 'GET,POST,PUT,DELETE,OPTIONS,PATCH',
    // Browsers do not take `*` for Authorization nor with credentials, so what they ask for is named as well.
    'Access-Control-Allow-Headers': ['*', request.headers.get('access-control-request-headers')]
      .filter(Boolean)
      .join(', '),
  };
}
