import { type Block, headingTitle, parseBlocks } from './parse-blocks.ts';
import { splitBlock } from './split-block.ts';
import type { Passage } from './text-extractor.ts';

export interface ChunkOptions {
  /** Size of a text in the encoder's word pieces, without its special tokens. */
  readonly countTokens: (text: string) => number;
  /** The encoder's window, special tokens included. */
  readonly maxTokens: number;
  /** Longest sentence that is repeated where prose is split in the middle. */
  readonly overlapTokens: number;
  /** Name of the document, which the encoder reads before the headings and the text. */
  readonly name: string;
}

/** The encoder's start and end marks. */
const specialTokens = 2;
/** Headings are left out, outermost first, when name and headings would take more of the window than this, or than half. */
const maxPrefixTokens = 48;
/** A passage this full is not topped up with the beginning of a section that does not fit into it. */
const minFill = 0.25;
/** Keeps text of few tokens, such as long runs that the encoder does not know, from making passages without end. */
const maxCharactersPerToken = 12;

interface Part {
  readonly block: Block;
  readonly weight: number;
  /** Headings above the part; a heading is not above itself. */
  readonly headings: readonly string[];
}

/**
 * Cuts a document into passages that fit the encoder's window together with the document's name and headings.
 *
 * A document that fits is one passage. Otherwise sections are packed in order: whole ones together as long as they fit, each
 * larger one by blocks, and only a block that is larger than the window is cut inside. A heading stays with what
 * follows it. Every character that is not white space is in some passage, in order; linear in the length of the text.
 */
export function chunkMarkdown(markdown: string, options: ChunkOptions): Passage[] {
  const weigh = (text: string) => Math.max(options.countTokens(text), Math.ceil(text.length / maxCharactersPerToken));
  const sections = toSections(parseBlocks(markdown), weigh);
  const packer = new Packer(options, weigh);
  const total = sections.reduce((sum, section) => sum + weightOf(section), 0);
  if (total === 0) return [];
  if (total <= packer.roomUnder([])) return [{ text: trimBlankLines(markdown), headings: [] }];
  for (const section of sections) packer.add(section);
  return packer.finish();
}

/** Blocks up to the next heading, with their weights. */
function toSections(blocks: readonly Block[], weigh: (text: string) => number): Part[][] {
  const sections: Part[][] = [];
  let section: Part[] = [];
  let path: { readonly level: number; readonly title: string }[] = [];
  for (const block of blocks) {
    if (block.kind === 'heading') {
      path = path.filter(({ level }) => level < block.level);
      section = [];
    }
    if (section.length === 0) sections.push(section);
    section.push({ block, weight: weigh(block.text), headings: path.map(({ title }) => title) });
    if (block.kind === 'heading') path.push({ level: block.level, title: headingTitle(block) });
  }
  return sections;
}

function weightOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.weight, 0);
}

/** Collects parts into the passage at hand and starts the next when it is full. */
class Packer {
  readonly #options: ChunkOptions;
  readonly #weigh: (text: string) => number;
  readonly #passages: Passage[] = [];
  #parts: Part[] = [];
  #weight = 0;

  constructor(options: ChunkOptions, weigh: (text: string) => number) {
    this.#options = options;
    this.#weigh = weigh;
  }

  /** Tokens that text under these headings may have. */
  roomUnder(headings: readonly string[]): number {
    const { maxTokens } = this.#options;
    const room = maxTokens - specialTokens - this.#prefixTokens(this.#keptHeadings(headings));
    // A name of hundreds of word pieces leaves nothing; then the encoder cuts the end rather than that we emit crumbs.
    return Math.max(room, Math.floor(maxTokens / 2));
  }

  add(section: readonly Part[]): void {
    const weight = weightOf(section);
    if (this.#weight + weight > this.#room()) {
      const fitsAlone = weight <= this.roomUnder(section[0]?.headings ?? []);
      if (fitsAlone || this.#weight >= minFill * this.#room()) this.#flush();
    }
    for (const part of section) this.#append(part);
  }

  finish(): Passage[] {
    this.#emit(this.#parts);
    this.#parts = [];
    return this.#passages;
  }

  #append(part: Part): void {
    if (this.#weight + part.weight > this.#room(part)) this.#flush();
    if (this.#weight + part.weight > this.#room(part)) this.#appendInPieces(part);
    else this.#push(part);
  }

  /** The part is larger than a passage, or than what the headings that must stay with it leave. */
  #appendInPieces(part: Part): void {
    const room = this.roomUnder(part.headings);
    let firstRoom = this.#room(part) - this.#weight;
    if (firstRoom < minFill * room) {
      this.#emit(this.#parts);
      this.#parts = [];
      this.#weight = 0;
      firstRoom = room;
    }
    const { overlapTokens } = this.#options;
    const pieces = splitBlock(part.block, { room, firstRoom, overlapTokens, weigh: this.#weigh });
    for (const [index, text] of pieces.entries()) {
      if (index > 0) {
        this.#emit(this.#parts);
        this.#parts = [];
        this.#weight = 0;
      }
      if (text !== '') this.#push({ ...part, block: { ...part.block, text }, weight: this.#weigh(text) });
    }
  }

  #push(part: Part): void {
    this.#parts.push(part);
    this.#weight += part.weight;
  }

  /** Ends the passage; headings at its end move on to the next one. */
  #flush(): void {
    const last = this.#parts.findLastIndex(({ block }) => block.kind !== 'heading');
    this.#emit(this.#parts.slice(0, last + 1));
    this.#parts = this.#parts.slice(last + 1);
    this.#weight = weightOf(this.#parts);
  }

  #emit(parts: readonly Part[]): void {
    const [first] = parts;
    if (first === undefined) return;
    this.#passages.push({
      text: parts.map(({ block }) => block.text).join('\n\n'),
      headings: this.#keptHeadings(first.headings),
    });
  }

  /** Room of the passage at hand, or of the one that `next` would start. */
  #room(next?: Part): number {
    return this.roomUnder((this.#parts[0] ?? next)?.headings ?? []);
  }

  #keptHeadings(headings: readonly string[]): readonly string[] {
    const halfWindow = Math.ceil(this.#options.maxTokens / 2) - specialTokens;
    const limit = Math.min(maxPrefixTokens, halfWindow);
    let kept = headings.filter((title) => title !== '' && title !== this.#options.name);
    while (kept.length > 0 && this.#prefixTokens(kept) > limit) kept = kept.slice(1);
    return kept;
  }

  #prefixTokens(headings: readonly string[]): number {
    return this.#options.countTokens([this.#options.name, ...headings].join(' › '));
  }
}

function trimBlankLines(text: string): string {
  return text.trimEnd().replace(/^(?:[ \t]*\r?\n)+/, '');
}
