import { basename } from 'node:path';
import { toTerminalText } from './terminal-text.ts';

/** Readable ids that the server keeps for itself, and the sample, which is not the person's own. */
const taken = new Set(['count', 'internal', 'getting-started']);

/**
 * Names for what a folder becomes: `~/Q3 Notes` gives the collection `q3-notes`, called "Q3 Notes". Always within the
 * API's limits: a readable id of lower-case letters, digits and single hyphens; 4 to 64 characters for a collection's
 * name and 4 to 42 for a connection's.
 */
export function namesForFolder(path: string): {
  readonly readableId: string;
  readonly collectionName: string;
  readonly connectionName: string;
} {
  const name = toTerminalText(basename(path));
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const readableId = slug === '' ? 'folder' : taken.has(slug) ? `${slug}-folder` : slug;
  return { readableId, collectionName: fit(name, 64), connectionName: fit(name, 42) };
}

/** A name for a collection that somebody chose the readable id of. */
export function nameForReadableId(readableId: string): string {
  const words = readableId.replaceAll('-', ' ');
  return fit(words.charAt(0).toUpperCase() + words.slice(1), 64);
}

function fit(name: string, max: number): string {
  const long = [...name].length >= 4 ? name : `Folder ${name}`.trimEnd();
  return [...long].slice(0, max).join('').trimEnd();
}
