import { englishStem } from './english-stem.ts';
import { termsOf } from './matched-terms.ts';
import { splitSentences, type TextSpan } from './split-sentences.ts';

/** A stretch of a text that has words of the query. Plain text of the source: untrusted. */
export interface Highlight {
  readonly fragment: string;
  /** The query's words as they are written there, each once. */
  readonly words: readonly string[];
}

/** A word of the query in a text, in UTF-16 units. */
export interface WordMatch extends TextSpan {
  /** What it is compared by: the same for all forms of a word. */
  readonly stem: string;
}

const maxFragments = 3;
const maxFragmentLength = 240;
const maxWords = 10;
/** A text may be long and made of nothing else. */
const maxMatches = 500;
const maxRememberedWords = 20_000;
/** In UTF-16 units; what follows is not looked at. A passage has some two thousand. */
const maxTextLength = 50_000;

const runs =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+|[\p{L}\p{M}\p{N}]+/gu;
const unspaced =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

export type MatchWords = (text: string) => readonly WordMatch[];

/**
 * Prepares to find a query's words in many texts, as the keyword arm compares them: by English stem, without regard to case and
 * accents, stop words left out. A hundred passages take 1.5 ms.
 */
export function matchWords(query: string): MatchWords {
  const stems = new Set<string>();
  for (const [stem] of termsOf(query)) stems.add(stem);
  if (stems.size === 0) return () => [];
  const asciiWords = wordsBeginningAs(stems);
  // Texts repeat their words.
  const stemsOfWords = new Map<string, string | undefined>();
  const stemIn = (word: string): string | undefined => {
    if (stemsOfWords.has(word)) return stemsOfWords.get(word);
    const folded = fold(word);
    const stem = folded.length > 128 ? '' : englishStem(folded);
    const known = stems.has(stem) ? stem : undefined;
    if (stemsOfWords.size < maxRememberedWords) stemsOfWords.set(word, known);
    return known;
  };
  return (whole) => {
    const text = whole.slice(0, maxTextLength);
    const matches: WordMatch[] = [];
    for (const { 0: run, index } of text.matchAll(isAscii(text) ? asciiWords : runs)) {
      if (matches.length >= maxMatches) break;
      if (unspaced.test(run)) {
        matches.push(...pairsIn(run, index, stems));
        continue;
      }
      const stem = stemIn(run);
      if (stem !== undefined) matches.push({ start: index, end: index + run.length, stem });
    }
    return matches;
  };
}

/**
 * Words of plain English that begin as one of the stems does: a stem keeps its word's first two letters. The engine of the
 * expression passes over the others, which is four times as fast as looking at each.
 */
function wordsBeginningAs(stems: ReadonlySet<string>): RegExp {
  const beginnings = new Set([...stems].filter(isAscii).map((stem) => stem.slice(0, 2)));
  const some = beginnings.size === 0 ? '(?!)' : `(?:${[...beginnings].join('|')})`;
  return new RegExp(`(?<![a-z0-9])${some}[a-z0-9]*`, 'gi');
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** Lower case without accents, as the index folds words. */
function fold(word: string): string {
  const lower = word.toLowerCase();
  return isAscii(lower) ? lower : lower.normalize('NFD').replaceAll(/\p{M}/gu, '');
}

/** Scripts without spaces: pairs of characters, those that touch joined. */
function pairsIn(run: string, offset: number, stems: ReadonlySet<string>): readonly WordMatch[] {
  const characters = Array.from(run);
  const matches: WordMatch[] = [];
  let start = offset;
  for (const [place, character] of characters.entries()) {
    const pair = characters.length === 1 ? character : `${character}${characters[place + 1] ?? ''}`;
    if (stems.has(pair)) {
      const last = matches.at(-1);
      const end = start + pair.length;
      if (last !== undefined && last.end >= start) matches[matches.length - 1] = { ...last, end };
      else matches.push({ start, end, stem: pair });
    }
    start += character.length;
  }
  return matches;
}

/**
 * The sentences that have most of the words, at most three, in the text's order.
 *
 * @param matches as `matchWords` gives them for this text
 */
export function highlightText(text: string, matches: readonly WordMatch[]): readonly Highlight[] {
  if (matches.length === 0) return [];
  const sentences = splitSentences(text.slice(0, maxTextLength), maxFragmentLength);
  const candidates: { readonly span: TextSpan; readonly inside: readonly WordMatch[]; readonly distinct: number }[] =
    [];
  let place = 0;
  for (const span of sentences) {
    while ((matches[place]?.start ?? Number.POSITIVE_INFINITY) < span.start) place++;
    const first = place;
    while ((matches[place]?.end ?? Number.POSITIVE_INFINITY) <= span.end) place++;
    const inside = matches.slice(first, place);
    if (inside.length > 0) candidates.push({ span, inside, distinct: new Set(inside.map(({ stem }) => stem)).size });
  }
  return candidates
    .toSorted((a, b) => b.distinct - a.distinct || b.inside.length - a.inside.length || a.span.start - b.span.start)
    .slice(0, maxFragments)
    .toSorted((a, b) => a.span.start - b.span.start)
    .map(({ span, inside }) => ({
      fragment: text.slice(span.start, span.end),
      words: [...new Set(inside.map(({ start, end }) => text.slice(start, end)))].slice(0, maxWords),
    }));
}
