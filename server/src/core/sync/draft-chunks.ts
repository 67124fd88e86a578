import type { IndexChunk } from '../search/search-index.ts';
import type { CollectionId } from '../shared/index.ts';
import { chunkIdOf, encoderInput, sha256 } from './hashes.ts';
import type { Passage } from './text-extractor.ts';

/** An index row that has no vector yet. */
export type ChunkDraft = Omit<IndexChunk, 'vector'> & {
  /** Exactly what the encoder reads of it. */
  readonly input: string;
};

/** What comes from the document and is the same in all its rows. */
export type DocumentColumns = Omit<
  IndexChunk,
  'chunkId' | 'chunkIndex' | 'chunkCount' | 'headings' | 'text' | 'vector'
>;

/**
 * The rows of a document. The same passages in the same place, made by the same pipeline, are the same rows, whoever drafts
 * them: a sync, or a rebuild of the index.
 */
export function draftChunks(
  pipeline: string,
  collectionId: CollectionId,
  columns: DocumentColumns,
  passages: readonly Passage[],
): readonly ChunkDraft[] {
  // What has no text is still found by its name.
  const parts = passages.length > 0 ? passages : [{ text: columns.name, headings: [] }];
  const { connectionId, entityType, entityId } = columns;
  const place = { collectionId, connectionId, entityType, entityId };
  return parts.map((passage, chunkIndex) => {
    const input = encoderInput(columns.name, passage);
    return {
      ...columns,
      chunkId: chunkIdOf(place, chunkIndex, sha256(pipeline, input)),
      chunkIndex,
      chunkCount: parts.length,
      headings: passage.headings,
      text: passage.text,
      input,
    };
  });
}
