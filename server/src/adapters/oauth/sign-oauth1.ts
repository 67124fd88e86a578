import { createHmac } from 'node:crypto';

export interface OAuth1Request {
  readonly method: 'POST';
  readonly url: string;
  /** Of the header beside the usual ones, such as `oauth_callback`. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly consumer: { readonly id: string; readonly secret: string };
  /** Absent while there is none. */
  readonly tokenSecret?: string;
  readonly nonce: string;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** The `Authorization` header of a request without a body, signed with HMAC-SHA1 (RFC 5849, section 3). */
export function signOAuth1(request: OAuth1Request): string {
  const parameters = {
    oauth_consumer_key: request.consumer.id,
    oauth_nonce: request.nonce,
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: String(request.timestamp),
    oauth_version: '1.0',
    ...request.parameters,
  };
  const key = `${encode(request.consumer.secret)}&${encode(request.tokenSecret ?? '')}`;
  const signature = createHmac('sha1', key)
    .update(baseString(request.method, request.url, parameters))
    .digest('base64');
  const pairs = Object.entries({ ...parameters, oauth_signature: signature });
  return `OAuth ${pairs.map(([name, value]) => `${encode(name)}="${encode(value)}"`).join(', ')}`;
}

function baseString(method: string, address: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  const pairs = [...Object.entries(parameters), ...url.searchParams]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([nameA, a], [nameB, b]) => compare(nameA, nameB) || compare(a, b))
    .map(([name, value]) => `${name}=${value}`);
  return [method, `${url.origin}${url.pathname}`, pairs.join('&')].map(encode).join('&');
}

/** By bytes: what is compared is ASCII. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** RFC 3986: all but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
