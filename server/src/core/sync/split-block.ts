import type { Block } from './parse-blocks.ts';

export interface SplitOptions {
  /** Room, in tokens, that a piece may fill, and what the first piece may when it joins text that is there already. */
  readonly room: number;
  readonly firstRoom: number;
  /** A sentence of at most so many tokens is repeated where prose is split. */
  readonly overlapTokens: number;
  /** Size of a text in tokens, never zero for text. */
  readonly weigh: (text: string) => number;
}

type Level = (text: string) => Iterable<string>;

/**
 * Cuts a block that does not fit into pieces that do, at the best places there are: definitions of code, rows of a table
 * (its header repeated), items of a list, sentences; then lines, words, and characters.
 *
 * @returns in order; the first is empty when nothing fits into `firstRoom`
 */
export function splitBlock(block: Block, options: SplitOptions): string[] {
  if (block.kind === 'table') return splitTable(block.text, options);
  if (block.kind === 'code') return splitCode(block.text, options);
  const levels = block.kind === 'list' ? [items, sentences, lines, words] : [sentences, lines, words];
  return pack(block.text, levels, options).map((piece) => trimBlankLines(piece));
}

function splitTable(text: string, options: SplitOptions): string[] {
  const [header = '', rule = '', ...rows] = text.split('\n');
  const head = `${header}\n${rule}`;
  const headWeight = options.weigh(head);
  if (headWeight > options.room / 2) return pack(text, [lines, words], options).map((piece) => trimBlankLines(piece));
  return framed(rows.join('\n'), [lines, words], `${head}\n`, '', headWeight, options);
}

function splitCode(text: string, options: SplitOptions): string[] {
  const all = text.split('\n');
  const fence = /^\s*(`{3,}|~{3,})/.exec(all[0] ?? '')?.[1] ?? '```';
  const isClosed = all.length > 1 && all.at(-1)?.trim() === fence;
  const opening = all[0] ?? '';
  const body = all.slice(1, isClosed ? -1 : undefined).join('\n');
  const frameWeight = options.weigh(`${opening}\n${fence}`);
  const levels = [definitions, paragraphs, lines, words];
  if (frameWeight > options.room / 2) return pack(text, levels, options).map((piece) => trimBlankLines(piece));
  return framed(body, levels, `${opening}\n`, `\n${fence}`, frameWeight, options);
}

/** Pieces of `body`, each between `before` and `after`. */
function framed(
  body: string,
  levels: readonly Level[],
  before: string,
  after: string,
  frameWeight: number,
  options: SplitOptions,
): string[] {
  const { room, firstRoom } = options;
  const inner = { ...options, room: room - frameWeight, firstRoom: firstRoom - frameWeight, overlapTokens: 0 };
  const pieces = pack(body, levels, inner).map((piece) => trimBlankLines(piece));
  // A frame without contents still holds words: the header of a table, the language of code.
  if (pieces.every((piece) => piece === '')) {
    return frameWeight > firstRoom ? ['', `${before}${after}`] : [`${before}${after}`];
  }
  return pieces.map((piece) => (piece === '' ? '' : `${before}${piece}${after}`));
}

function pack(text: string, levels: readonly Level[], options: SplitOptions): string[] {
  const pieces: string[] = [];
  let piece = '';
  let weight = 0;
  let room = options.firstRoom;
  let previous: { readonly text: string; readonly weight: number } | undefined;
  for (const unit of units(text, levels, options)) {
    if (weight + unit.weight > room && (piece !== '' || pieces.length === 0)) {
      pieces.push(piece);
      room = options.room;
      const overlap = overlapOf(piece, previous, unit.weight, options);
      piece = overlap?.text ?? '';
      weight = overlap?.weight ?? 0;
    }
    piece += unit.text;
    weight += unit.weight;
    previous = unit;
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}

/** The last sentence of a full piece, where it is short and the next piece has room for it. */
function overlapOf(
  piece: string,
  previous: { readonly text: string; readonly weight: number } | undefined,
  nextWeight: number,
  options: SplitOptions,
): { readonly text: string; readonly weight: number } | undefined {
  if (previous === undefined || previous.text.length >= piece.length) return undefined;
  if (previous.weight > options.overlapTokens || previous.weight + nextWeight > options.room) return undefined;
  return /[.!?…。！？]["')\]]*\s*$/.test(previous.text) ? previous : undefined;
}

interface Unit {
  readonly text: string;
  readonly weight: number;
}

/** The largest units that fit into `room`: what is too large on one level is cut on the next. */
function* units(text: string, levels: readonly Level[], options: SplitOptions): Generator<Unit> {
  const [level, ...finer] = levels;
  for (const unit of level === undefined ? characters(text, options) : level(text)) {
    const weight = options.weigh(unit);
    if (weight <= options.room || level === undefined) yield { text: unit, weight };
    else yield* units(unit, finer, options);
  }
}

/** Cuts after each match of a global pattern. Pieces joined are the text. */
function* cutAfter(text: string, pattern: RegExp): Generator<string> {
  let start = 0;
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    if (end > start) yield text.slice(start, end);
    start = end;
  }
  if (start < text.length) yield text.slice(start);
}

const sentences: Level = (text) => cutAfter(text, /[.!?…]["'”’)\]]{0,4}(?=\s)\s{1,100}|[。！？]["'”’」』）]{0,4}/g);
const lines: Level = (text) => cutAfter(text, /\n/g);
const words: Level = (text) => cutAfter(text, /\s+/g);
const paragraphs: Level = (text) => cutAfter(text, /\n(?=[ \t]*\n)/g);
const items: Level = (text) => {
  const indent = /^[ \t]*/.exec(text)?.[0].length ?? 0;
  return cutAfter(text, new RegExp(`\\n(?=[ \\t]{0,${indent}}(?:[-*+•]|\\d{1,9}[.)])\\s)`, 'g'));
};
/** Before a line at the margin that follows a blank line and opens something: code's functions, classes, statements. */
const definitions: Level = (text) => cutAfter(text, /\n[ \t]*\n(?=[^\s)}\]])/g);

/** Runs without white space: short slices that never part a surrogate pair or a letter from its accents. */
function* characters(text: string, options: SplitOptions): Generator<string> {
  const size = Math.max(1, Math.floor(options.room / 4));
  for (let start = 0; start < text.length; ) {
    let end = endOfSlice(text, start, size);
    // Few scripts take more tokens than characters; where they do, halve.
    for (let n = size; n > 1 && options.weigh(text.slice(start, end)) > options.room; ) {
      n = Math.floor(n / 2);
      end = endOfSlice(text, start, n);
    }
    yield text.slice(start, end);
    start = end;
  }
}

function endOfSlice(text: string, start: number, size: number): number {
  let end = Math.min(text.length, start + size);
  // Sixteen is more marks than any language puts on a letter; a longer run is an attack on this loop.
  for (let moved = 0; moved < 16 && end < text.length && isInsideCharacter(text, end); moved++) end += 1;
  if (end < text.length && isLowSurrogate(text.charCodeAt(end))) end += 1;
  return end;
}

function isInsideCharacter(text: string, index: number): boolean {
  if (isLowSurrogate(text.charCodeAt(index))) return true;
  const joiner = 0x200d;
  if (text.charCodeAt(index) === joiner || text.charCodeAt(index - 1) === joiner) return true;
  return /^\p{M}/u.test(text.slice(index, index + 2));
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

function trimBlankLines(text: string): string {
  return text.trimEnd().replace(/^(?:[ \t]*\n)+/, '');
}
