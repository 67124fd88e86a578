import type { Dispatcher } from 'undici';
import { OutboundFailure, type OutboundRequest } from '../../core/outbound/index.ts';

/** One request as it is sent to one address. */
interface Hop {
  readonly url: URL;
  readonly method: OutboundRequest['method'];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
}

export interface Answer {
  readonly url: URL;
  readonly response: Dispatcher.ResponseData;
}

const defaultMaxRedirects = 5;
/** Of a redirect's body, which nobody reads; more, and the connection is closed instead of kept. */
const maxDiscardedBytes = 64 * 1024;

/** Any other may be a credential: vendors call theirs `X-API-Key`, `Private-Token` and much else. */
const harmlessHeaders = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'if-modified-since',
  'if-none-match',
  'range',
  'user-agent',
]);

/**
 * Sends a request and follows its redirects as browsers do, except that credentials and bodies never reach another origin.
 *
 * @throws OutboundFailure, or what undici throws
 */
export async function followRedirects(
  agent: Dispatcher,
  request: OutboundRequest & { readonly headers: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<Answer> {
  const { method, headers, body = null, maxRedirects = defaultMaxRedirects } = request;
  let hop: Hop = { url: toTarget(request.url), method, headers, body };
  for (let redirects = 0; ; redirects += 1) {
    const { url } = hop;
    const response = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: hop.method,
      headers: { ...hop.headers },
      body: hop.body,
      signal,
    });
    const location = response.headers.location;
    const isRedirect = [301, 302, 303, 307, 308].includes(response.statusCode) && typeof location === 'string';
    if (!isRedirect || maxRedirects === 0) return { url, response };
    await response.body.dump({ limit: maxDiscardedBytes, signal });
    if (redirects >= maxRedirects) {
      throw new OutboundFailure('unreachable', `${url.hostname} redirects more than ${maxRedirects} times.`);
    }
    hop = nextHop(hop, toTarget(location, url), response.statusCode);
  }
}

/** @throws OutboundFailure('refused') for what is no web address, or carries credentials */
export function toTarget(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url === null) throw new OutboundFailure('refused', 'This is not a web address.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new OutboundFailure('refused', 'Only addresses with http or https can be reached.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new OutboundFailure('refused', 'The address holds a user name or password; leave them out of it.');
  }
  return url;
}

function nextHop(hop: Hop, url: URL, status: number): Hop {
  const becomesGet = status === 303 ? hop.method !== 'HEAD' : status < 303 && hop.method === 'POST';
  const { method, body } = becomesGet ? { method: 'GET' as const, body: null } : hop;
  if (url.origin !== hop.url.origin && body !== null) {
    throw new OutboundFailure('refused', `${hop.url.hostname} sends what was meant for it on to another host.`);
  }
  const isKept = (name: string) =>
    url.origin === hop.url.origin ? !becomesGet || !name.startsWith('content-') : harmlessHeaders.has(name);
  return {
    url,
    method,
    body,
    headers: Object.fromEntries(Object.entries(hop.headers).filter(([name]) => isKept(name))),
  };
}
