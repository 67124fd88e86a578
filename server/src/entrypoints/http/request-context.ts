import type { IncomingMessage } from 'node:http';

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

/** Who the request's headers say it is from; see `Credentials`. */
export function readCredentials(request: Request): {
  readonly apiKey: string | null;
  readonly bearer: string | null;
  readonly organizationId: string | null;
} {
  const { headers } = request;
  const bearer = /^bearer +(.+)$/i.exec(headers.get('authorization') ?? '')?.[1]?.trim() ?? null;
  return { apiKey: headers.get('x-api-key'), bearer, organizationId: headers.get('x-organization-id') };
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
