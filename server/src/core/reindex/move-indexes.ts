import type { IndexRef } from '../search/index.ts';
import type { CollectionId } from '../shared/index.ts';
import type { ReindexStatus } from './reindex.ts';
import type { ReindexStore } from './reindex-store.ts';

export interface MoveDependencies {
  readonly reindexes: ReindexStore;
  readonly index: {
    /** Whether a generation is in an engine in which none is made any more. */
    isElsewhere(ref: IndexRef): Promise<boolean>;
  };
}

/** A collection with what its searches read. */
export interface CollectionIndex {
  readonly readableId: string;
  readonly current: IndexRef;
  /** The latest rebuild; undefined: there was none. */
  readonly rebuild: { readonly status: ReindexStatus; readonly error: string | null } | undefined;
}

/** How far the move of all collections of all organisations is. */
export interface IndexMove {
  readonly collections: number;
  /** Those that are where new indexes are made, or have none yet. */
  readonly inPlace: number;
  readonly underWay: number;
  /** Neither in place nor under way. */
  readonly left: readonly { readonly readableId: string; readonly error: string | null }[];
}

const pageSize = 500;

/** How far the move is; nothing is started. */
export async function getIndexMove(dependencies: MoveDependencies): Promise<IndexMove> {
  return look(dependencies, async () => false);
}

/**
 * Moves every collection whose index is in another engine to the one in which indexes are made, by a rebuild of its index:
 * searches and syncs go on meanwhile, and the new index takes the old one's place in one step. Vectors are taken over.
 */
export async function startIndexMove(dependencies: MoveDependencies): Promise<IndexMove> {
  return look(dependencies, async ({ current, readableId }) => {
    const reindex = await dependencies.reindexes.create(current.scope, readableId);
    return reindex !== 'gone';
  });
}

async function look(
  { reindexes, index }: MoveDependencies,
  start: (collection: CollectionIndex) => Promise<boolean>,
): Promise<IndexMove> {
  const left: { readonly readableId: string; readonly error: string | null }[] = [];
  let [collections, underWay] = [0, 0];
  let after: CollectionId | null = null;
  for (;;) {
    const page: readonly CollectionIndex[] = await reindexes.listCurrent({ after, limit: pageSize });
    for (const collection of page) {
      collections++;
      const { rebuild, current, readableId } = collection;
      if (!(await index.isElsewhere(current))) continue;
      const isRunning = rebuild?.status === 'pending' || rebuild?.status === 'running';
      if (isRunning || (await start(collection))) underWay++;
      else left.push({ readableId, error: rebuild?.status === 'failed' ? rebuild.error : null });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) break;
    after = last.current.collectionId;
  }
  return { collections, inPlace: collections - underWay - left.length, underWay, left };
}
