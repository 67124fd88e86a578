import type { IndexChunk } from '../../core/search/search-index.ts';

/** Scripts written without spaces between words; a tokeniser that splits at spaces would take a sentence for one word. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu;

/**
 * Text as the keyword arm reads it, for passages and queries alike: runs of unspaced script become overlapping pairs of
 * characters (`東京都` is `東京 京都`), so that any part of two characters or more is found. Everything else stays.
 */
export function toSearchText(text: string): string {
  return text.replace(unspaced, (run) => {
    const characters = Array.from(run);
    const pairs = characters.slice(1).map((character, i) => `${characters[i]}${character}`);
    return ` ${pairs.length === 0 ? run : pairs.join(' ')} `;
  });
}

/** What the keyword arm indexes of a passage: the document's name once, the headings above it, and its text. */
export function searchTextOf(chunk: Pick<IndexChunk, 'name' | 'headings' | 'text'>): string {
  const headings = chunk.headings.filter((heading) => heading !== chunk.name);
  return toSearchText([chunk.name, ...headings, chunk.text].join('\n'));
}

/** The wire's id of a passage, which filters on `entity_id` compare with. */
export function chunkEntityIdOf(chunk: Pick<IndexChunk, 'entityId' | 'chunkIndex'>): string {
  return `${chunk.entityId}__chunk_${chunk.chunkIndex}`;
}
