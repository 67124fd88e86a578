import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromPathText,
  isInside,
  toBytePath,
  toDisplayText,
  toEntityId,
  toFileUrl,
  toIdPrefix,
  toPathText,
} from './byte-path.ts';

/** Any name the operating system allows: bytes other than NUL and `/`. */
const segment = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll('\0', 'a').replaceAll('/', '%'));
const path = fc.array(segment, { minLength: 1, maxLength: 6 }).map((segments) => segments.join('/'));

describe('the text of a path', () => {
  it('is the path itself where every name is UTF-8', () => {
    expect(toPathText(toBytePath('заметки/日本/100%.md'))).toBe('заметки/日本/100%.md');
  });

  it('escapes a name that is not UTF-8 behind an empty segment', () => {
    expect(toPathText('letters/caf\xe9 100%.txt')).toBe('letters//caf%E9 100%25.txt');
    expect(toPathText('caf\xe9')).toBe('/caf%E9');
  });

  it('can be turned back, whatever the bytes', () => {
    fc.assert(
      fc.property(path, (bytes) => {
        expect(fromPathText(toPathText(bytes))).toBe(bytes);
      }),
    );
  });

  it('of a folder begins the text of what is in it', () => {
    fc.assert(
      fc.property(path, path, (folder, file) => {
        expect(toPathText(`${folder}/${file}`).startsWith(`${toPathText(folder)}/`)).toBe(true);
      }),
    );
  });
});

describe('the id of an entity', () => {
  it('is short enough for a unique index, distinct and stable for very long paths', () => {
    const folder = Array.from({ length: 100 }, () => 'ж'.repeat(20)).join('/');
    const [one, two] = ['one.txt', 'two.txt'].map((name) => toEntityId(toBytePath(`${folder}/${name}`)));
    expect(Buffer.byteLength(one ?? '')).toBeLessThanOrEqual(1_500);
    expect(one).not.toBe(two);
    expect(one).toBe(toEntityId(toBytePath(`${folder}/one.txt`)));
    expect(one).not.toContain('\u{FFFD}');
    expect(one?.startsWith(toIdPrefix(toBytePath(folder)))).toBe(true);
  });

  it('begins with the prefix of each folder it is in', () => {
    expect(toIdPrefix('docs')).toBe('docs/');
    expect(toEntityId('docs/caf\xe9.txt').startsWith(toIdPrefix('docs'))).toBe(true);
    expect(toEntityId('docs2/a.txt').startsWith(toIdPrefix('docs'))).toBe(false);
  });
});

describe('addresses and display', () => {
  it('encodes every byte that an address cannot hold', () => {
    expect(toFileUrl('file:///root/', toBytePath('a b/ü?#%.txt'))).toBe('file:///root/a%20b/%C3%BC%3F%23%25.txt');
    expect(toFileUrl('file:///', 'caf\xe9')).toBe('file:///caf%E9');
  });

  it('shows bytes and control characters that cannot be shown as the replacement character', () => {
    expect(toDisplayText('caf\xe9\n.txt')).toBe('caf\u{FFFD}\u{FFFD}.txt');
  });

  it('does not take a sibling with the same beginning for a child', () => {
    expect(isInside('/srv/docs', '/srv/docs')).toBe(true);
    expect(isInside('/srv/docs/a', '/srv/docs')).toBe(true);
    expect(isInside('/srv/docs2', '/srv/docs')).toBe(false);
    expect(isInside('/anything', '/')).toBe(true);
  });
});
