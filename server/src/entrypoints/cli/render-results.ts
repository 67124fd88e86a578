import { displayWidth, truncate, wrapText } from './display-width.ts';
import type { Paint } from './paint.ts';
import { toRelativeTime } from './relative-time.ts';
import { toTerminalText } from './terminal-text.ts';
import type { SearchResult } from './wire.ts';

export interface ResultLayout {
  readonly query: string;
  /** Width of the terminal; absent: 100 columns, so that a pipe gets lines a person can read. */
  readonly width: number | undefined;
  readonly paint: Paint;
  readonly now: Date;
}

const passageLines = 6;
const indent = '    ';

/** Results for people: rank, name, score, where and when, and the passage with the words of the query marked. */
export function renderResults(results: readonly SearchResult[], layout: ResultLayout): string {
  return results.map((result, index) => renderResult(result, index + 1, layout)).join('\n\n');
}

function renderResult(result: SearchResult, rank: number, { query, width = 100, paint, now }: ResultLayout): string {
  const score = result.relevance_score?.toFixed(2) ?? '';
  const name = truncate(toTerminalText(result.name ?? '') || '(no name)', width - indent.length - score.length - 2);
  const space = ' '.repeat(Math.max(2, width - indent.length - displayWidth(name) - score.length));
  const heading = `${String(rank).padStart(2)}  ${paint.strong(name)}${space}${paint.muted(score)}`;

  const facts = [toPlace(result), toRelativeTime(result.updated_at ?? result.created_at, now)].filter(
    (fact) => fact !== '',
  );
  const where = facts.length === 0 ? [] : [indent + paint.muted(truncate(facts.join('  ·  '), width - indent.length))];
  const passage = choosePassage(result.textual_representation ?? '', query, width - indent.length);
  return [heading, ...where, ...passage.map((line) => indent + markWords(line, query, paint))].join('\n').trimEnd();
}

/** Where a person finds the original: its path in the source, or its address. */
function toPlace(result: SearchResult): string {
  const path = result.raw_source_fields?.path;
  const crumbs = (result.breadcrumbs ?? []).map(({ name }) => name ?? '').filter((name) => name !== '');
  const place = [typeof path === 'string' ? path : '', result.web_url ?? '', result.url ?? '', crumbs.join(' › ')];
  return toTerminalText(place.find((candidate) => candidate !== '') ?? '');
}

/** The lines that hold most of the query's words, the first such; the beginning when none does. */
function choosePassage(text: string, query: string, columns: number): readonly string[] {
  const lines = wrapText(toTerminalText(text), columns - 1); // one column for an ellipsis
  if (lines.length <= passageLines) return lines;
  const words = queryWords(query);
  const found = lines.map((line) => (words === undefined ? [] : (line.toLowerCase().match(words) ?? [])));
  const starts = Array.from({ length: lines.length - passageLines + 1 }, (_, start) => ({
    start,
    count: new Set(found.slice(start, start + passageLines).flat()).size,
  }));
  const start = starts.reduce((best, candidate) => (candidate.count > best.count ? candidate : best)).start;
  const isCut = start + passageLines < lines.length;
  return lines.slice(start, start + passageLines).map((line, index) => {
    const before = index === 0 && start > 0 ? '…' : '';
    const after = index === passageLines - 1 && isCut ? '…' : '';
    return before + line + after;
  });
}

function markWords(line: string, query: string, paint: Paint): string {
  const words = paint.isOn ? queryWords(query) : undefined;
  return words === undefined ? line : line.replaceAll(words, (word) => paint.match(word));
}

/** Words that stand in every text and in most questions: marking them would mark nothing. */
const commonWords = new Set(
  'the and for are was were has have had how what when where which who why does did can you your our with from that this not'.split(
    ' ',
  ),
);

/** Matches words that begin like a word of the query with three letters or more (`sync` in `syncing`). */
function queryWords(query: string): RegExp | undefined {
  const words = (query.match(/[\p{L}\p{N}_]+/gu) ?? []).filter(
    (word) => [...word].length >= 3 && !commonWords.has(word.toLowerCase()),
  );
  if (words.length === 0) return undefined;
  const stems = words.map((word) => (word.length > 4 ? word.replace(/s$/i, '') : word)); // `drops` also marks `drop`
  const longestFirst = [...new Set(stems)].sort((a, b) => b.length - a.length);
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${longestFirst.join('|')})[\\p{L}\\p{N}]*`, 'giu');
}
