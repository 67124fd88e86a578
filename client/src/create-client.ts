import createFetchClient, { type Client } from 'openapi-fetch';
import type { paths } from './schema.d.ts';

/** One method per HTTP method; path, parameters, body and answer are checked against the server's OpenAPI document. */
export type WeftClient = Client<paths, 'application/json'>;

export interface ClientOptions {
  /** The server's address, such as `http://localhost:8001`. */
  readonly baseUrl: string;
  /** Sent as `X-API-Key`; not needed by a server without authentication. */
  readonly apiKey?: string;
  /** Sent as `X-Organization-ID`; default: the key's organisation, or the user's primary one. */
  readonly organizationId?: string;
  /** Default: the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * Makes a client of a Weft server.
 *
 * ```ts
 * const weft = createClient({ baseUrl: 'http://localhost:8001', apiKey });
 * const collection = await answerOf(weft.GET('/collections/{readable_id}', { params: { path: { readable_id } } }));
 * ```
 */
export function createClient({ baseUrl, apiKey, organizationId, fetch }: ClientOptions): WeftClient {
  return createFetchClient<paths, 'application/json'>({
    baseUrl,
    headers: {
      ...(apiKey === undefined ? {} : { 'X-API-Key': apiKey }),
      ...(organizationId === undefined ? {} : { 'X-Organization-ID': organizationId }),
    },
    // A key must not follow a redirect to somebody else's server.
    redirect: 'error',
    ...(fetch === undefined ? {} : { fetch }),
  });
}
