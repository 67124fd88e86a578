import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

/**
 * A path as the operating system has it, one character per byte (latin1), segments separated by `/`. File names need not be
 * valid UTF-8; in this form every name survives, and comparing strings compares bytes. Relative to the root: no `/` at the
 * beginning, and the root itself is the empty string.
 */
export type BytePath = string;

// A unique index of PostgreSQL takes about 2,700 bytes; a path may have 4,096.
const maxIdBytes = 1_500;
const digestCharacters = 64;

export function toBytePath(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The path to hand to `node:fs`. */
export function toFsPath(root: BytePath, relative: BytePath): Buffer {
  return Buffer.from(joinBytePath(root, relative), 'latin1');
}

export function joinBytePath(parent: BytePath, child: BytePath): BytePath {
  if (parent === '' || child === '') return parent + child;
  return parent.endsWith('/') ? parent + child : `${parent}/${child}`;
}

/** Whether `path` is `folder` or below it; both absolute. */
export function isInside(path: BytePath, folder: BytePath): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** The part of `path` below `folder`, which it is inside of; empty when they are the same. */
export function relativeTo(folder: BytePath, path: BytePath): BytePath {
  return path.slice(folder.length).replace(/^\//, '');
}

/** For people and for globs: bytes that are not UTF-8 and control characters become `\u{FFFD}`. */
export function toDisplayText(path: BytePath): string {
  return Buffer.from(path, 'latin1')
    .toString('utf8')
    .replace(/\p{Cc}/gu, '\u{FFFD}');
}

/**
 * The reversible text of a path: as it is where names are UTF-8. A name that is not is written percent-encoded behind an
 * empty segment, which no real path has: `letters//caf%E9.txt`. So no two paths share a text, and the text of a folder with
 * `/` behind it begins the text of everything in it.
 */
export function toPathText(path: BytePath): string {
  return path.split('/').map(toSegmentText).join('/');
}

export function fromPathText(text: string): BytePath {
  let isEscaped = false;
  const segments: BytePath[] = [];
  for (const part of text.split('/')) {
    if (part === '' && !isEscaped) {
      isEscaped = true;
      continue;
    }
    segments.push(isEscaped ? unescapeSegment(part) : toBytePath(part));
    isEscaped = false;
  }
  return segments.join('/');
}

/**
 * The entity id: the path's text, at most 1,500 bytes. A longer one ends in `///` and its SHA-256 instead of its last part.
 */
export function toEntityId(path: BytePath): string {
  const text = toPathText(path);
  if (Buffer.byteLength(text) <= maxIdBytes) return text;
  return `${beginningOf(text)}///${createHash('sha256').update(text).digest('hex')}`;
}

/** What the ids of everything in a folder begin with; of a very long path, also those of its neighbours. */
export function toIdPrefix(folder: BytePath): string {
  return beginningOf(`${toPathText(folder)}/`);
}

function beginningOf(text: string): string {
  const kept = Buffer.from(text).subarray(0, maxIdBytes - digestCharacters - '///'.length);
  // Cutting may leave half a character at the end.
  return kept.toString('utf8').replace(/\u{FFFD}$/u, '');
}

/** `file://` address of a path below a root that has one, each byte encoded as RFC 3986 asks. */
export function toFileUrl(rootUrl: string, path: BytePath): string {
  const encoded = path.replace(
    /[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `${rootUrl.replace(/\/$/, '')}/${encoded}`;
}

function toSegmentText(segment: BytePath): string {
  const bytes = Buffer.from(segment, 'latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const escaped = segment.replace(
    /[^\x20-\x24\x26-\x7e]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `/${escaped}`;
}

function unescapeSegment(text: string): BytePath {
  return text.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
