import { englishStem } from './english-stem.ts';
import type { IndexChunk } from './search-index.ts';

/** Left out of the keyword arm's index, so that they match nothing. Its engine compares them with stems: `why` (`whi`) is found. */
const stopWords = new Set(
  (
    'i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers ' +
    'herself it its itself they them their theirs themselves what which who whom this that these those am is are ' +
    'was were be been being have has had having do does did doing a an the and but if or because as until while of ' +
    'at by for with about against between into through during before after above below to from up down in out on ' +
    'off over under again further then once here there when where why how all any both each few more most other ' +
    'some such no nor not only own same so than too very s t can will just don should now d ll m o re ve y ain ' +
    'aren couldn didn doesn hadn hasn haven isn ma mightn mustn needn shan shouldn wasn weren won wouldn'
  ).split(' '),
);
/** Scripts without spaces between words; the index holds their pairs of characters. */
const unspaced =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+$/u;
const runs =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+|[\p{L}\p{N}]+/gu;
/** Longer words are not indexed. In characters. */
const maxTermLength = 128;
const maxTerms = 50;
const plainLetters: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd' };

/** A word of the query that a passage has. */
export interface MatchedTerm {
  /** As the query has it, in lower case. */
  readonly term: string;
  /** Forms of it in the passage's name, headings and text, as they are written there, at most five. */
  readonly forms: readonly string[];
}

/**
 * Which words of a query the keyword arm finds in a passage, as its index compares them: by English stem, without regard to
 * case and accents, stop words left out.
 *
 * @returns in the query's order, each once, at most 50
 */
export function matchedTerms(
  query: string,
  chunk: Pick<IndexChunk, 'name' | 'headings' | 'text'>,
): readonly MatchedTerm[] {
  const forms = new Map<string, Set<string>>();
  for (const [stem, word] of termsOf([chunk.name, ...chunk.headings, chunk.text].join('\n'))) {
    const ofStem = forms.get(stem) ?? new Set<string>();
    if (ofStem.size < 5) ofStem.add(word);
    forms.set(stem, ofStem);
  }
  const matched = new Map<string, MatchedTerm>();
  for (const [stem, word] of termsOf(query)) {
    const found = forms.get(stem);
    if (found === undefined || matched.has(stem)) continue;
    matched.set(stem, { term: word.toLowerCase(), forms: [...found] });
    if (matched.size === maxTerms) break;
  }
  return [...matched.values()];
}

/** As the index folds them, which is after it has taken the stem. */
function withoutAccents(word: string): string {
  return word
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[ßæœøłđð]/g, (letter) => plainLetters[letter] ?? letter);
}

/** Pairs of what is compared and what is written. */
export function* termsOf(text: string): Generator<readonly [stem: string, word: string]> {
  for (const [run] of text.matchAll(runs)) {
    if (unspaced.test(run)) {
      const characters = Array.from(run);
      if (characters.length === 1) yield [run, run];
      for (const [place, character] of characters.slice(1).entries()) {
        const pair = `${characters[place]}${character}`;
        yield [pair, pair];
      }
      continue;
    }
    if (run.length > maxTermLength) continue;
    const stem = englishStem(run.toLowerCase());
    if (!stopWords.has(stem)) yield [withoutAccents(stem), run];
  }
}
