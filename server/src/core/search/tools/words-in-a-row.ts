/** Letters, marks, digits and `_`: what words are made of. */
const wordCharacter = String.raw`[\p{L}\p{M}\p{N}_]`;
/** Signs between two words of a row. */
const maxGap = 20;
const notWord = String.raw`[^\p{L}\p{M}\p{N}_]`;
/** Scripts written without spaces: a word may begin and end anywhere in them. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Where words stand in a text, in UTF-16 units of the text after NFC. */
export interface WordsPlace {
  readonly start: number;
  readonly end: number;
}

export interface WordsInARow {
  /** As it was asked for, in NFC, without blanks at its ends. */
  readonly asked: string;
  /** Its words, as they were written. */
  readonly words: readonly string[];
  /** The places in a text, first first, at most `limit`. The text must be in NFC. */
  readonly find: (text: string, limit: number) => readonly WordsPlace[];
  /** Whether a text has them letter for letter, signs between the words included; case aside. */
  readonly isVerbatim: (text: string) => boolean;
}

/**
 * Looks for whole words in a row, whatever signs stand between them: `error-code 42` finds "Error code: 42", and not "error codes
 * 42". Case does not count, accents do. A text without any letter or digit, such as an emoji, is looked for as it is.
 *
 * The expression has only literal words with one class between them, so it takes time by the length of the text alone.
 */
export function wordsInARow(query: string): WordsInARow {
  const asked = query.normalize('NFC').trim();
  const words = asked.match(new RegExp(`${wordCharacter}+`, 'gu')) ?? [];
  const pattern = words.length === 0 ? escaped(asked) : toPattern(words);
  const verbatim = new RegExp(escaped(asked), 'iu');
  return {
    asked,
    words,
    find: (text, limit) => {
      const places: WordsPlace[] = [];
      if (asked === '') return places;
      for (const match of text.matchAll(new RegExp(pattern, 'giu'))) {
        places.push({ start: match.index, end: match.index + match[0].length });
        if (places.length >= limit) break;
      }
      return places;
    },
    isVerbatim: (text) => verbatim.test(text.normalize('NFC')),
  };
}

function toPattern(words: readonly string[]): string {
  const first = Array.from(words[0] ?? '')[0] ?? '';
  const last = Array.from(words.at(-1) ?? '').at(-1) ?? '';
  const before = unspaced.test(first) ? '' : `(?<!${wordCharacter})`;
  const after = unspaced.test(last) ? '' : `(?!${wordCharacter})`;
  return `${before}${words.map((word) => escaped(word)).join(`${notWord}{1,${maxGap}}`)}${after}`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
