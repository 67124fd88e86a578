import type { IndexChunk } from '../../../core/search/search-index.ts';
import { searchTextOf, toSearchText } from '../search-text.ts';

/** Longer words are left out, in passages and queries alike; a SHA-512 in hex still fits. */
export const maxWordLength = 128;
/** The longest query that is read; longer ones are cut. */
const maxQueryCharacters = 20_000;
/** A cluster refuses queries of over 1,024 clauses. */
const maxQueryWords = 500;

/** Words apart by spaces: letters, marks and digits only, so that the engine's tokeniser has nothing to decide. */
function splitWords(text: string): readonly string[] {
  const words =
    text
      .toWellFormed()
      .normalize('NFKC')
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  return words.filter((word) => word.length <= maxWordLength);
}

/** What the keyword arm indexes of a passage. */
export function indexedWordsOf(chunk: Pick<IndexChunk, 'name' | 'headings' | 'text'>): string {
  return splitWords(searchTextOf(chunk)).join(' ');
}

/** The words of a query, each once; empty when it has none. */
export function queryWordsOf(text: string): string {
  const words = new Set(splitWords(toSearchText(text.slice(0, maxQueryCharacters))));
  return [...words].slice(0, maxQueryWords).join(' ');
}
