import type { OutboundHttp } from '../../core/outbound/index.ts';

const timeoutMs = 10_000;
const maxBytes = 1024 * 1024;

interface FetchOptions {
  readonly method?: string;
  readonly headers?: ConstructorParameters<typeof Headers>[0];
  readonly body?: unknown;
  readonly signal?: AbortSignal | null;
}

/** The port as a `fetch`, which is how the libraries for OpenID Connect ask. Redirects are answers: none is followed. */
export function createOutboundFetch(http: OutboundHttp) {
  return async (url: string, options: FetchOptions = {}): Promise<Response> => {
    const { body } = options;
    const response = await http.send({
      url,
      method: options.method === 'POST' ? 'POST' : 'GET',
      headers: Object.fromEntries(new Headers(options.headers)),
      ...(body === undefined || body === null ? {} : { body: String(body) }),
      ...(options.signal == null ? {} : { signal: options.signal }),
      ...{ timeoutMs, maxBytes, maxRedirects: 0 },
    });
    return new Response(Buffer.from(response.body), { status: response.status, headers: response.headers });
  };
}
