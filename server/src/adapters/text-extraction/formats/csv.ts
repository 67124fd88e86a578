import type { ParsedText } from '../parsed-text.ts';
import { rowsToMarkdown } from './rows.ts';

const separators = ['\t', ';', '|', ','] as const;

/** Separated values; the separator is the one that the first lines hold most of. */
export function parseCsv(text: string): ParsedText {
  return { markdown: rowsToMarkdown(readRows(text, findSeparator(text))) };
}

function findSeparator(text: string): string {
  const sample = text
    .slice(0, 10_000)
    .replace(/"[^"]*"/g, '')
    .split('\n')
    .slice(0, 10);
  let best: string = ',';
  let most = 0;
  for (const separator of separators) {
    const counts = sample.filter((line) => line.trim() !== '').map((line) => line.split(separator).length - 1);
    const fewest = Math.min(...counts);
    if (fewest >= most && fewest > 0) {
      best = separator;
      most = fewest;
    }
  }
  return best;
}

/** Rows as RFC 4180 has them: quoted cells may hold separators, line ends and doubled quotes. */
function* readRows(text: string, separator: string): Generator<string[]> {
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const { cell, end } = text[at] === '"' ? readQuoted(text, at, separator) : readPlain(text, at, separator);
    row.push(cell);
    if (text[end] === separator) {
      at = end + 1;
      if (at < text.length) continue;
    }
    yield row;
    row = [];
    at = end + (text[end] === '\r' && text[end + 1] === '\n' ? 2 : 1);
  }
}

function readPlain(text: string, start: number, separator: string): { cell: string; end: number } {
  let end = start;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { cell: text.slice(start, end), end };
}

function readQuoted(text: string, start: number, separator: string): { cell: string; end: number } {
  let close = text.indexOf('"', start + 1);
  while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  // A quote that nothing closes would take the rest of the file for one cell: it is an ordinary character then.
  if (close < 0) return readPlain(text, start, separator);
  const rest = readPlain(text, close + 1, separator);
  return { cell: text.slice(start + 1, close).replaceAll('""', '"') + rest.cell, end: rest.end };
}
