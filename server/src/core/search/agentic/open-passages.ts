import type { DocumentId } from '../../shared/index.ts';
import type { FoundDocument } from '../document-finder.ts';
import type { IndexChunk } from '../search-index.ts';
import type { AgenticDependencies } from './agentic-search.ts';
import { type AgenticTarget, choosesPassages, selectWithin } from './agentic-target.ts';
import type { SeenPassage } from './seen-passages.ts';

/** Documents whose rows are read at once: each may have thousands of passages. */
const maxDocumentsAtOnce = 5;

export interface OpenedDocument {
  readonly document: FoundDocument;
  /** In the order of the document, each number once. */
  readonly chunks: readonly IndexChunk[];
  /** Numbers of the passages that were asked for; the others are around them. */
  readonly matching: ReadonlySet<number>;
}

/**
 * Reads passages with what stands around them. What the searcher may see is asked of the database again, since permissions may
 * have changed after a search; what is not visible by now is left out.
 *
 * @param neighbours passages before and after each; none where the user's filter chooses passages
 */
export async function openPassages(
  deps: AgenticDependencies,
  target: AgenticTarget,
  passages: readonly SeenPassage[],
  neighbours: number,
  signal: AbortSignal,
): Promise<readonly OpenedDocument[]> {
  const around = choosesPassages(target.filter) ? 0 : neighbours;
  const byDocument = Map.groupBy(passages, ({ documentId }) => documentId);
  const visible = await findVisible(deps, target, passages);
  signal.throwIfAborted();
  const opened: OpenedDocument[] = [];
  const documents = [...byDocument.keys()].flatMap((id) => visible.get(id) ?? []);
  for (let from = 0; from < documents.length; from += maxDocumentsAtOnce) {
    const some = documents.slice(from, from + maxDocumentsAtOnce);
    const rows = await readRows(
      deps,
      target,
      some.map(({ id }) => id),
    );
    signal.throwIfAborted();
    for (const document of some) {
      const asked = new Set((byDocument.get(document.id) ?? []).map(({ chunk }) => chunk?.chunkIndex ?? 0));
      const chunks = (rows.get(document.id) ?? []).filter(({ chunkIndex }) =>
        [...asked].some((number) => Math.abs(number - chunkIndex) <= around),
      );
      if (chunks.length > 0) opened.push({ document, chunks, matching: asked });
    }
  }
  return opened;
}

async function findVisible(
  deps: AgenticDependencies,
  target: AgenticTarget,
  passages: readonly SeenPassage[],
): Promise<ReadonlyMap<DocumentId, FoundDocument>> {
  const entityIds = [...new Set(passages.map(({ entityId }) => entityId))];
  const selection = selectWithin(target, [
    [{ field: 'airweave_system_metadata.original_entity_id', operator: 'in', value: entityIds }],
  ]);
  const page = { order: 'newest' as const, offset: 0, limit: 1000 };
  const found = await deps.documents.list(target.scope, target.collection.id, selection, page);
  return new Map(found.map((document) => [document.id, document]));
}

/** The committed rows of each document, or newer ones that are being written. */
async function readRows(
  deps: AgenticDependencies,
  { scope, collection }: AgenticTarget,
  ids: readonly DocumentId[],
): Promise<ReadonlyMap<DocumentId, readonly IndexChunk[]>> {
  const ref = { scope, collectionId: collection.id, generation: collection.generation };
  const [rows, versions] = await Promise.all([
    deps.index.readDocuments(ref, ids),
    deps.store.visibleVersions(scope, collection.id, ids),
  ]);
  const live = rows.filter(
    ({ documentId, version }) => version >= (versions.get(documentId) ?? Number.POSITIVE_INFINITY),
  );
  return new Map([...Map.groupBy(live, ({ documentId }) => documentId)].map(([id, chunks]) => [id, inOrder(chunks)]));
}

function inOrder(chunks: readonly IndexChunk[]): readonly IndexChunk[] {
  const byNumber = new Map<number, IndexChunk>();
  for (const chunk of chunks.toSorted((a, b) => a.version - b.version)) {
    if (!byNumber.has(chunk.chunkIndex)) byNumber.set(chunk.chunkIndex, chunk);
  }
  return [...byNumber.values()].toSorted((a, b) => a.chunkIndex - b.chunkIndex);
}
