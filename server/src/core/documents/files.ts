import type { Caller } from '../access/index.ts';
import {
  joinPassages,
  readPassages,
  resolveSearcher,
  type SearcherDependencies,
  type SearchIndex,
  type SearchStore,
} from '../search/index.ts';
import { AppError, type CollectionId, type DocumentId, type Scope } from '../shared/index.ts';

/** An indexed document, wherever in the organisation it is. */
export interface FoundFile {
  readonly id: DocumentId;
  /** The source's own id. */
  readonly entityId: string;
  readonly name: string;
  readonly collectionId: CollectionId;
  readonly readableCollectionId: string;
}

/** The port to documents by their ids, in all collections of an organisation. Only what searches show is there. */
export interface FileFinder {
  /**
   * @param ids         the source's ids, or ours
   * @param collections readable ids of those to look in; null: all
   */
  find(scope: Scope, ids: readonly string[], collections: readonly string[] | null): Promise<readonly FoundFile[]>;
  /** Those of the documents that a searcher with these principals may see. */
  filterVisible(
    scope: Scope,
    ids: readonly DocumentId[],
    principals: readonly string[],
  ): Promise<ReadonlySet<DocumentId>>;
}

export interface FileDependencies extends SearcherDependencies {
  readonly files: FileFinder;
  readonly index: Pick<SearchIndex, 'readDocuments'>;
  readonly search: Pick<SearchStore, 'findCollection' | 'visibleVersions'>;
}

/**
 * What the caller may see of the documents with these ids, by the id that was asked for: an entity's, a passage's of it
 * (`…__chunk_3`), or a document's. Where several documents have one id, the first by ours.
 */
export async function findFiles(
  deps: Pick<FileDependencies, 'files' | 'memberships'>,
  caller: Caller,
  ids: readonly string[],
): Promise<ReadonlyMap<string, FoundFile>> {
  const wanted = [...new Set(ids.flatMap((id) => [id, withoutChunk(id)]))];
  const found = await deps.files.find(caller.scope, wanted, caller.collections);
  const visible = await keepVisible(deps, caller, found);
  const byId = new Map<string, FoundFile>();
  for (const file of visible.toReversed()) byId.set(file.id, file).set(file.entityId, file);
  return new Map(
    ids.flatMap((id) => {
      const file = byId.get(id) ?? byId.get(withoutChunk(id));
      return file === undefined ? [] : [[id, file] as const];
    }),
  );
}

/** @throws AppError('not_found'), also for one that the caller may not see */
export async function getFile(
  deps: Pick<FileDependencies, 'files' | 'memberships'>,
  caller: Caller,
  id: string,
): Promise<FoundFile> {
  const file = (await findFiles(deps, caller, [id])).get(id);
  if (file === undefined) throw new AppError('not_found', 'File not found');
  return file;
}

/** The document's text as searches read it, as Markdown. Empty where it went meanwhile. */
export async function readFileText(deps: FileDependencies, caller: Caller, file: FoundFile): Promise<string> {
  const collection = await deps.search.findCollection(caller.scope, file.readableCollectionId);
  if (collection === undefined) return '';
  const principals = await resolveSearcher(deps, caller, collection.id);
  const target = { scope: caller.scope, collection, ...(principals === undefined ? {} : { principals }) };
  const passages = await readPassages({ index: deps.index, store: deps.search }, target, file.id);
  return joinPassages(passages.map(({ text }) => text));
}

function withoutChunk(id: string): string {
  return id.replace(/__chunk_\d{1,9}$/u, '');
}

async function keepVisible(
  deps: Pick<FileDependencies, 'files' | 'memberships'>,
  caller: Caller,
  found: readonly FoundFile[],
): Promise<readonly FoundFile[]> {
  const visible = new Set<DocumentId>();
  for (const [collectionId, files] of Map.groupBy(found, (file) => file.collectionId)) {
    const ids = files.map(({ id }) => id);
    const principals = await resolveSearcher(deps, caller, collectionId);
    const seen = principals === undefined ? ids : await deps.files.filterVisible(caller.scope, ids, principals);
    for (const id of seen) visible.add(id);
  }
  return found.filter(({ id }) => visible.has(id));
}
