import { AppError } from '../../../core/shared/index.ts';
import { defaultShards } from './index-mapping.ts';

/** Where a cluster is and how to enter it. */
export interface SearchLocation {
  /** Addresses of its nodes, without user and password. At least one. */
  readonly nodes: readonly string[];
  /** undefined: the cluster asks for none. */
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  /** Shards of each index that is made; those that are there keep theirs. */
  readonly shards: number;
  /** Beginning of the names of all indexes; `weft` unless it is said. */
  readonly prefix: string;
}

const maxShards = 256;
const parameters = ['shards', 'prefix'];

/**
 * Reads `https://user:password@host:9200`, or several such addresses of one cluster separated by commas. User and password
 * stand in the first; `?shards=8&prefix=weft` in the last.
 *
 * @returns undefined when it is no such address
 */
export function parseSearchUrl(text: string): SearchLocation | undefined {
  const urls = text.split(',').map((part) => URL.parse(part.trim()));
  const nodes: string[] = [];
  for (const url of urls) {
    const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.hash === '' && url.pathname === '/';
    if (!isPlain || (url.search !== '' && url !== urls.at(-1))) return undefined;
    if (url !== urls[0] && (url.username !== '' || url.password !== '')) return undefined;
    nodes.push(url.origin);
  }
  const [first] = urls;
  const given = urls.at(-1)?.searchParams ?? new URLSearchParams();
  if (first == null || [...given.keys()].some((name) => !parameters.includes(name))) return undefined;
  const shards = Number(given.get('shards') ?? defaultShards);
  const prefix = given.get('prefix') ?? 'weft';
  if (!Number.isInteger(shards) || shards < 1 || shards > maxShards) return undefined;
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(prefix)) return undefined;
  const username = decode(first.username);
  const password = decode(first.password);
  if (username === undefined || password === undefined) return undefined;
  return { nodes, auth: username === '' ? undefined : { username, password }, shards, prefix };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a percent sign that stands for nothing
  }
}

/** Reads an address that must be one. */
export function toSearchLocation(text: string): SearchLocation {
  const location = parseSearchUrl(text);
  if (location !== undefined) return location;
  throw new AppError('invalid_request', 'The address of a search cluster is such as https://user:password@host:9200.');
}
