export type BlockKind = 'heading' | 'paragraph' | 'list' | 'table' | 'code';

/** A run of lines of a Markdown document that belong together. Blocks in order hold every character that is not white space. */
export interface Block {
  readonly kind: BlockKind;
  /** As written, markers and fences included, without blank lines around it. */
  readonly text: string;
  /** 1 to 6 for a heading, else 0. */
  readonly level: number;
}

const maxHeadingLength = 300;
const headingPattern = /^ {0,3}(#{1,6})(?:[ \t]|$)/;
const underlinePattern = /^ {0,3}(?:(=+)|-{2,})[ \t]*$/;
const fencePattern = /^ {0,3}(`{3,}|~{3,})/;
const listPattern = /^\s*(?:[-*+•]|\d{1,9}[.)])\s/;

/**
 * Splits Markdown into blocks in one pass over its lines.
 *
 * Knows what chunking needs and no more: nested structure (a table in a list, a list in a quote) stays inside its outermost block.
 */
export function parseBlocks(markdown: string): Block[] {
  const lines = markdown.split(/\r\n?|\n/);
  const blocks: Block[] = [];
  for (let start = 0; start < lines.length; ) {
    if (isBlank(lines[start])) {
      start += 1;
      continue;
    }
    const { kind, level, end } = readBlock(lines, start);
    blocks.push({ kind, level, text: lines.slice(start, end).join('\n').trimEnd() });
    start = end;
  }
  return blocks;
}

/** The words of a heading block, without its markers. */
export function headingTitle(block: Block): string {
  const [line = ''] = block.text.split('\n', 1);
  return line
    .replace(/^\s*#{1,6}/, '')
    .replace(/[ \t]+#+[ \t]*$/, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`]{1,3}/g, '')
    .trim();
}

interface Extent {
  readonly kind: BlockKind;
  readonly level: number;
  /** Index of the line after it. */
  readonly end: number;
}

function readBlock(lines: readonly string[], start: number): Extent {
  const line = lines[start] ?? '';
  const fence = fencePattern.exec(line)?.[1];
  if (fence !== undefined) return { kind: 'code', level: 0, end: endOfCode(lines, start, fence) };
  const hashes = headingPattern.exec(line)?.[1];
  if (hashes !== undefined && line.length <= maxHeadingLength) {
    return { kind: 'heading', level: hashes.length, end: start + 1 };
  }
  if (isTableStart(lines, start)) return { kind: 'table', level: 0, end: endOfTable(lines, start) };
  if (listPattern.test(line)) return { kind: 'list', level: 0, end: endOfList(lines, start) };
  const underline = underlinePattern.exec(lines[start + 1] ?? '');
  if (underline !== null && line.length <= maxHeadingLength && !underlinePattern.test(line)) {
    return { kind: 'heading', level: underline[1] === undefined ? 2 : 1, end: start + 2 };
  }
  return { kind: 'paragraph', level: 0, end: endOfParagraph(lines, start) };
}

function endOfCode(lines: readonly string[], start: number, fence: string): number {
  for (let index = start + 1; index < lines.length; index++) {
    const closing = fencePattern.exec(lines[index] ?? '')?.[1];
    if (closing?.startsWith(fence) && lines[index]?.trim() === closing) return index + 1;
  }
  return lines.length;
}

function endOfTable(lines: readonly string[], start: number): number {
  let end = start + 2;
  while (end < lines.length && !isBlank(lines[end]) && lines[end]?.includes('|')) end += 1;
  return end;
}

/** A list goes on over blank lines as long as what follows is another item or indented. */
function endOfList(lines: readonly string[], start: number): number {
  let end = start + 1;
  while (end < lines.length) {
    let next = end;
    while (next < lines.length && isBlank(lines[next])) next += 1;
    const line = lines[next] ?? '';
    const isContinued = next > end ? listPattern.test(line) || /^(?: {2,}|\t)/.test(line) : !startsBlock(lines, next);
    if (next >= lines.length || !isContinued) break;
    end = next + 1;
  }
  return end;
}

function endOfParagraph(lines: readonly string[], start: number): number {
  let end = start + 1;
  while (end < lines.length && !isBlank(lines[end]) && !startsBlock(lines, end)) end += 1;
  return end;
}

function startsBlock(lines: readonly string[], index: number): boolean {
  const line = lines[index] ?? '';
  return headingPattern.test(line) || fencePattern.test(line) || isTableStart(lines, index);
}

function isTableStart(lines: readonly string[], index: number): boolean {
  const rule = lines[index + 1];
  if (!lines[index]?.includes('|') || rule === undefined) return false;
  return /^[\s|:-]+$/.test(rule) && rule.includes('-') && rule.includes('|');
}

function isBlank(line: string | undefined): boolean {
  return line === undefined || line.trim() === '';
}
