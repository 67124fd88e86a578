import { isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { parseSearchUrl, type SearchLocation } from './adapters/search-index/opensearch/search-url.ts';

// The kinds of values that a setting may have. Every message completes the sentence "It must be …".

const trueWords = ['true', '1', 'yes', 'on'];
const falseWords = ['false', '0', 'no', 'off'];

export const flag = z.string().transform((text, context) => {
  const word = text.toLowerCase();
  if (trueWords.includes(word)) return true;
  if (falseWords.includes(word)) return false;
  return refuse(context, 'true or false (also 1 and 0, yes and no, on and off)');
});

export const integer = (from: number, to: number, unit = '') =>
  z.string().transform((text, context) => {
    const value = Number(text);
    if (/^\d{1,16}$/.test(text) && value >= from && value <= to) return value;
    return refuse(context, `a whole number${unit} from ${from} to ${to}`);
  });

export const oneOf = <const Word extends string>(words: readonly Word[]) =>
  z
    .string()
    .transform(
      (text, context): Word => words.find((word) => word === text.toLowerCase()) ?? refuse(context, either(words)),
    );

/** A list of parts, each turned into a value; a part for which `parse` returns undefined is named in the message. */
export const listOf = <Part>(separator: string, parse: (part: string) => Part | undefined, allowed: string) =>
  z.string().transform((text, context): readonly Part[] => {
    const parts = text.split(separator).map((part) => part.trim());
    return Object.freeze(parts.filter(Boolean).map((part) => parse(part) ?? refuse(context, allowed)));
  });

export const host = z.string().transform((text, context) => {
  const name = text.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return isIP(name) !== 0 || isHostName(name) ? name : refuse(context, 'an IP address or a host name');
});

export const publicUrl = z.string().transform((text, context) => {
  const url = URL.parse(text);
  const isPlain = url !== null && !url.username && !url.password && !url.search && !url.hash;
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    return refuse(context, 'an address such as https://weft.example.com, without user, query or fragment');
  }
  return url.href.replace(/\/+$/, '');
});

export const databaseUrl = z.string().transform((text, context) => {
  const protocol = URL.parse(text)?.protocol;
  const isPostgres = protocol === 'postgres:' || protocol === 'postgresql:';
  return isPostgres ? text : refuse(context, 'an address such as postgres://user:password@host:5432/database');
});

/** Where an S3 bucket is; see `S3Location` of the blob store. */
export interface BlobLocation {
  readonly bucket: string;
  readonly prefix: string;
  readonly region: string;
  readonly endpoint?: string;
}

export const blobUrl = z.string().transform((text, context): BlobLocation => {
  const allowed =
    'an address such as s3://bucket/folder?region=eu-central-1, with &endpoint=http://host:9000 for a store other than Amazon S3 and without credentials';
  const url = URL.parse(text);
  const isOther = [...(url?.searchParams.keys() ?? [])].some((name) => name !== 'region' && name !== 'endpoint');
  if (url?.protocol !== 's3:' || url.username !== '' || url.password !== '' || url.port !== '' || isOther) {
    return refuse(context, allowed);
  }
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  const region = url.searchParams.get('region') ?? 'us-east-1';
  const endpoint = url.searchParams.get('endpoint');
  const isName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname);
  const isPrefix = prefix === '' || prefix.split('/').every((part) => /^[\w.-]+$/.test(part) && !/^\.+$/.test(part));
  if (!isName || !isPrefix || !/^[a-z0-9-]+$/.test(region)) return refuse(context, allowed);
  if (endpoint === null) return { bucket: url.hostname, prefix, region };
  const address = URL.parse(endpoint);
  if (address === null || !/^https?:$/.test(address.protocol) || address.username !== '' || address.search !== '') {
    return refuse(context, allowed);
  }
  return { bucket: url.hostname, prefix, region, endpoint: address.href.replace(/\/+$/, '') };
});

export const searchUrl = z
  .string()
  .transform(
    (text, context): SearchLocation =>
      parseSearchUrl(text) ??
      refuse(
        context,
        'an address such as https://user:password@host:9200, or several nodes of one cluster separated by commas',
      ),
  );

function refuse(context: z.RefinementCtx, allowed: string): never {
  context.addIssue({ code: 'custom', message: allowed });
  return z.NEVER;
}

function either(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function isHostName(name: string): boolean {
  // A name that ends in a number would be an IPv4 address, and a wrong one.
  return (
    name.length <= 253 &&
    !/(^|\.)\d+$/.test(name) &&
    name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  );
}

export function toKey(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  // 32 bytes are 43 digits of base64 and one of padding, which the URL-safe spelling may leave out.
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

export function toOrigin(text: string): string | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` ? url.origin : undefined;
}

export function toFolder(text: string): string | undefined {
  return path.isAbsolute(text) ? path.resolve(text) : undefined;
}

export function toDestination(text: string): string | undefined {
  const [address = '', bits, ...rest] = text.toLowerCase().split('/');
  if (rest.length > 0) return undefined;
  const family = isIP(address);
  if (bits === undefined) return family !== 0 || isHostName(address) ? address : undefined;
  const isLength = /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
  return family !== 0 && isLength ? `${address}/${Number(bits)}` : undefined;
}
