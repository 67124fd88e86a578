import type { IndexRef, SearchIndex } from '../../core/search/search-index.ts';

/** An index that can say which generations it has. */
export interface EngineIndex extends SearchIndex {
  has(ref: IndexRef): Promise<boolean>;
}

/** A generation that is somewhere stays there. So many are remembered, the latest used last. */
const maxRemembered = 10_000;

/**
 * Two engines as one index, while collections move from one to the other: what is made is made in `chosen`, and what is there
 * already is used where it is. A collection moves by the rebuild of its index, whose new generation is made in `chosen`.
 */
export function createTwoEngines(chosen: EngineIndex, other: EngineIndex): EngineIndex {
  const homes = new Map<string, EngineIndex>();
  const keyOf = (ref: IndexRef) => `${ref.scope.organizationId}/${ref.collectionId}/${ref.generation}`;
  const remember = (ref: IndexRef, engine: EngineIndex) => {
    homes.delete(keyOf(ref));
    homes.set(keyOf(ref), engine);
    const [oldest] = homes.keys();
    if (homes.size > maxRemembered && oldest !== undefined) homes.delete(oldest);
  };
  /** What is in neither is looked for in `chosen`, which answers that it is not there. */
  const homeOf = async (ref: IndexRef): Promise<EngineIndex> => {
    const known = homes.get(keyOf(ref));
    if (known !== undefined) return known;
    for (const engine of [chosen, other]) {
      if (!(await engine.has(ref))) continue;
      remember(ref, engine);
      return engine;
    }
    return chosen;
  };
  const forget = (ref: Omit<IndexRef, 'generation'>) => {
    const prefix = `${ref.scope.organizationId}/${ref.collectionId}/`;
    for (const key of homes.keys()) if (key.startsWith(prefix)) homes.delete(key);
  };

  return {
    create: async (ref, options) => (await homeOf(ref)).create(ref, options),
    upsert: async (ref, chunks) => (await homeOf(ref)).upsert(ref, chunks),
    drop: async (ref, drops) => (await homeOf(ref)).drop(ref, drops),
    dropConnection: async (ref, connectionId) => (await homeOf(ref)).dropConnection(ref, connectionId),
    async dropCollection(ref) {
      await chosen.dropCollection(ref);
      await other.dropCollection(ref);
      forget(ref);
    },
    async dropGenerations(ref, keep) {
      await chosen.dropGenerations(ref, keep);
      await other.dropGenerations(ref, keep);
      forget(ref);
    },
    retrieve: async (ref, request) => (await homeOf(ref)).retrieve(ref, request),
    fetch: async (ref, chunkIds) => (await homeOf(ref)).fetch(ref, chunkIds),
    readDocuments: async (ref, documentIds) => (await homeOf(ref)).readDocuments(ref, documentIds),
    listDocumentIds: async (ref, options) => (await homeOf(ref)).listDocumentIds(ref, options),
    count: async (ref) => (await homeOf(ref)).count(ref),
    optimise: async (ref) => (await homeOf(ref)).optimise(ref),
    has: async (ref) => (await chosen.has(ref)) || (await other.has(ref)),
    async close() {
      await chosen.close();
      await other.close();
    },
  };
}
