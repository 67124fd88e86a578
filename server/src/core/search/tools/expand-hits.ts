import type { DocumentId } from '../../shared/index.ts';
import type { IndexChunk } from '../search-index.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { joinPassages } from './join-passages.ts';
import { readPassages } from './open-document.ts';
import type { ToolDependencies, ToolTarget } from './tool-search.ts';

/** How much around each passage: so many passages on each side, or all of its document. */
export type Expansion = { readonly neighbours: number } | 'document';

export interface ExpandedText {
  readonly text: string;
  /** Passages that it is made of, both included. */
  readonly from: number;
  readonly to: number;
}

/**
 * What stands around passages, best first, until that is enough: the others stay as they are.
 *
 * @param maxTokens estimated, of all texts together; the last may exceed it
 * @returns by chunk id; a passage whose document is gone or hidden by now is absent
 */
export async function expandHits(
  deps: Pick<ToolDependencies, 'index' | 'store'>,
  chunks: readonly { readonly chunk: IndexChunk; readonly target: ToolTarget }[],
  expansion: Expansion,
  maxTokens: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ExpandedText>> {
  const expanded = new Map<string, ExpandedText>();
  const documents = new Map<DocumentId, readonly IndexChunk[]>();
  let left = maxTokens;
  for (const { chunk, target } of chunks) {
    if (left <= 0) break;
    signal.throwIfAborted();
    const known = documents.get(chunk.documentId);
    const passages = known ?? (await readPassages(deps, target, chunk.documentId));
    documents.set(chunk.documentId, passages);
    const reach = expansion === 'document' ? Number.POSITIVE_INFINITY : expansion.neighbours;
    const around = passages.filter(({ chunkIndex }) => Math.abs(chunkIndex - chunk.chunkIndex) <= reach);
    const [first] = around;
    const last = around.at(-1);
    if (first === undefined || last === undefined) continue;
    const text = joinPassages(around.map((passage) => passage.text));
    expanded.set(chunk.chunkId, { text, from: first.chunkIndex, to: last.chunkIndex });
    left -= estimateTokens(text);
  }
  return expanded;
}
