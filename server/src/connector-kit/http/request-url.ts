import { SourceError } from '../source-error.ts';
import type { Call } from './call.ts';

/**
 * The absolute address of a call: parts filled in and percent-encoded, so that an id such as `../admin` stays one.
 *
 * @throws SourceError('source') when an absolute path leads to another host, which must not get the credentials
 */
export function toRequestUrl(baseUrl: string, call: Call, alsoAt: readonly string[] = []): string {
  if (/^https?:/i.test(call.path)) return nextUrlIn(baseUrl, call.path, alsoAt) ?? call.path;
  const path = call.path.replace(/\{(\+?)(\w+)\}/g, (_, plus: string, name: string) => {
    const value = String(call.at[name] ?? '');
    return plus === '' ? encodePart(value) : value.split('/').map(encodePart).join('/');
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query)) if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return `${baseUrl}${path}${text === '' ? '' : `${path.includes('?') ? '&' : '?'}${text}`}`;
}

/** @returns the address, when it is one; undefined for any other token */
export function nextUrlIn(baseUrl: string, token: string, alsoAt: readonly string[] = []): string | undefined {
  if (!/^https?:/i.test(token)) return undefined;
  const url = URL.parse(token);
  if (url !== null && [new URL(baseUrl).origin, ...alsoAt].includes(url.origin)) return url.href;
  throw new SourceError('source', 'The source says that its list goes on at another host; it was not followed there.');
}

/** Dots alone would climb the path, whether they are encoded or not. */
function encodePart(part: string): string {
  if (/^\.{1,2}$/.test(part)) throw new SourceError('entity', 'The id of this object cannot be part of an address.');
  return encodeURIComponent(part);
}
