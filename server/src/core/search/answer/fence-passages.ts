import { createHmac, randomBytes } from 'node:crypto';
import type { SearchHit } from '../search-collection.ts';
import { withoutHidden } from '../trust/without-hidden.ts';

/** What of a passage is shown to a model, in characters. */
const maxPassageLength = 4000;
const maxNameLength = 200;
const secret = randomBytes(32);

/**
 * Passages for a model, numbered from 1, each between marks that no passage can write, since they hold a word that nobody outside
 * this process can know. It is the same for the same passages, so that the same is asked in the same words. As many as there is
 * room for, the best first; at least one.
 *
 * @param maxLength of the whole, in characters
 */
export function fencePassages(
  hits: readonly SearchHit[],
  maxLength: number,
  passageLength = maxPassageLength,
): { readonly text: string; readonly count: number } {
  const key = createHmac('sha256', secret);
  for (const { chunk } of hits) key.update(chunk.chunkId);
  const mark = key.digest('hex').slice(0, 12);
  const blocks: string[] = [];
  let left = maxLength;
  for (const [place, { chunk }] of hits.entries()) {
    const date = (chunk.updatedAt ?? chunk.createdAt)?.toISOString().slice(0, 10);
    const title = [chunk.name, ...chunk.headings].join(' › ').slice(0, maxNameLength);
    const facts = [title, chunk.sourceName, ...(date === undefined ? [] : [date])].join(' | ');
    const content = withoutHidden(`${facts}\n${chunk.text.slice(0, passageLength)}`).replaceAll(mark, '');
    const block = `<passage ${mark} number="${place + 1}">\n${content}\n</passage ${mark}>`;
    if (block.length > left && blocks.length > 0) break;
    blocks.push(block);
    left -= block.length;
  }
  return { text: blocks.join('\n'), count: blocks.length };
}
