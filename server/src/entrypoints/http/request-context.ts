import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** What `@hono/node-server` gives beside the request; absent when the app is called without a socket, as tests do. */
export interface SocketBindings {
  readonly incoming?: IncomingMessage;
}

/**
 * Whether the request comes from a process on this machine. One that a proxy says it passed on does not count: through a
 * proxy on this machine the whole world would.
 */
export function isFromLoopback(request: Request, bindings: SocketBindings | undefined): boolean {
  const { headers } = request;
  if (headers.has('x-forwarded-for') || headers.has('forwarded') || headers.has('via')) return false;
  const address = bindings?.incoming?.socket.remoteAddress ?? '';
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

/**
 * The network address a request came from, for limits and for the audit log. Behind a proxy the last address that `X-Forwarded-For`
 * names, which is the one that the proxy itself saw; what stands before it anybody can write.
 */
export function addressOf(
  request: Request,
  bindings: SocketBindings | undefined,
  isBehindProxy: boolean,
): string | null {
  const socketAddress = bindings?.incoming?.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? null;
  if (!isBehindProxy) return socketAddress;
  const forwarded = request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim();
  return forwarded !== undefined && isIP(forwarded) !== 0 ? forwarded : socketAddress;
}

const sessionCookieName = 'weft_session';

/** The session's token in the request's cookies, if there is one. */
function readSessionCookie(request: Request): string | null {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const [name = '', value] = pair.split('=', 2);
    if (name.trim() === sessionCookieName && value) return value.trim();
  }
  return null;
}

/** A `Set-Cookie` with the session's token; an empty one takes it away. */
export function sessionCookie(
  token: string,
  options: { readonly isSecure: boolean; readonly expiresAt: Date },
): string {
  const parts = [`${sessionCookieName}=${token}`, 'Path=/', 'HttpOnly', 'SameSite=Lax'];
  parts.push(`Expires=${options.expiresAt.toUTCString()}`);
  return [...parts, ...(options.isSecure ? ['Secure'] : [])].join('; ');
}

/** Who the request's headers say it is from; see `Credentials`. */
export function readCredentials(request: Request): {
  readonly apiKey: string | null;
  readonly bearer: string | null;
  readonly cookieToken: string | null;
  readonly organizationId: string | null;
} {
  const { headers } = request;
  const bearer = /^bearer +(.+)$/i.exec(headers.get('authorization') ?? '')?.[1]?.trim() ?? null;
  const cookieToken = readSessionCookie(request);
  return { apiKey: headers.get('x-api-key'), bearer, cookieToken, organizationId: headers.get('x-organization-id') };
}

/** Ends a request's work: after a time, or when the client goes away. */
export class RequestDeadline {
  readonly #request: Request;
  readonly #timeout = new AbortController();
  #signal: AbortSignal | undefined;

  constructor(request: Request) {
    this.#request = request;
  }

  /** Made when first asked for: most handlers never look, and a signal costs as much as a small query. */
  get signal(): AbortSignal {
    this.#signal ??= AbortSignal.any([this.#request.signal, this.#timeout.signal]);
    return this.#signal;
  }

  /**
   * Waits for `work`, no longer than `timeoutMs`; then aborts `signal` and gives `onTimeout`. A failure of work that was given
   * up goes to `onLateError`.
   */
  async limit<T, U>(
    work: Promise<T>,
    timeoutMs: number | null,
    onTimeout: () => U,
    onLateError: (error: unknown) => void,
  ): Promise<T | U> {
    if (timeoutMs === null) return work;
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<U>((resolve) => {
      timer = setTimeout(() => {
        work.catch(onLateError);
        this.#timeout.abort(new DOMException('The request took too long.', 'TimeoutError'));
        resolve(onTimeout());
      }, timeoutMs);
    });
    return Promise.race([work, timeUp]).finally(() => clearTimeout(timer));
  }
}
