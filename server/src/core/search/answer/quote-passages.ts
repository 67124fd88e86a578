import { highlightText, matchWords } from '../highlight-text.ts';
import type { SearchHit } from '../search-collection.ts';

/** Passages that are looked into, and sentences that are quoted. */
const maxPassages = 10;
const maxQuotes = 4;

/**
 * An answer made by rules: the sentences of the best passages that have most of the question's words, quoted as they are and
 * marked with their passage's number. It claims nothing of its own. Undefined where no sentence has any of the words.
 */
export function quotePassages(question: string, hits: readonly SearchHit[]): string | undefined {
  const match = matchWords(question);
  const quotes = hits.slice(0, maxPassages).flatMap(({ chunk }, place) => {
    const [best] = highlightText(chunk.text, match(chunk.text)).toSorted((a, b) => b.words.length - a.words.length);
    return best === undefined ? [] : [{ number: place + 1, fragment: best.fragment, words: best.words.length }];
  });
  if (quotes.length === 0) return undefined;
  return quotes
    .toSorted((a, b) => b.words - a.words || a.number - b.number)
    .slice(0, maxQuotes)
    .map(({ number, fragment }) => `- “${toPlain(fragment)}” [${number}]`)
    .join('\n');
}

/** Marks of Markdown and HTML would be carried out in the answer, and brackets be taken for its own. */
function toPlain(fragment: string): string {
  return fragment
    .replaceAll(/!?\[([^\]]{0,500})\]\([^)]{0,2000}\)/g, '$1')
    .replace(/^\s*(?:#{1,6}|[-*+>]|\d{1,3}[.)])\s+/, '')
    .replaceAll(/[<>[\]`*|\\]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
