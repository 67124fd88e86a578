import { CollectionId, type DocumentId, type Scope } from '../shared/index.ts';
import { forEachBounded } from './for-each-bounded.ts';
import type { SearchDependencies } from './search-collection.ts';
import type { ArmHit, IndexChunk, IndexRef, RetrieveRequest, RetrieveResult, SearchIndex } from './search-index.ts';
import type { SearchableCollection, SearchStore, SeenField } from './search-store.ts';
import type { NamedCollection } from './searchable-collections.ts';

/** One of the collections of a search, and the searcher's principals in it; absent: sees everything there. */
export interface SearchedCollection {
  readonly collection: NamedCollection;
  readonly principals?: readonly string[];
}

export interface AcrossDependencies extends SearchDependencies {
  readonly index: Pick<SearchIndex, 'retrieve' | 'fetch' | 'readDocuments'>;
  readonly store: Pick<SearchStore, 'visibleVersions' | 'describeContents' | 'sampleFields'>;
}

export interface AcrossCollections {
  /** Search with these, and every collection is asked as if all were one. The request's own principals count for nothing. */
  readonly deps: AcrossDependencies;
  /** Stands for all of them. */
  readonly collection: SearchableCollection;
  /** Whose a result is; of those that this search gave. */
  readonly ownerOf: (documentId: DocumentId) => SearchedCollection | undefined;
}

interface OwnedHit {
  readonly hit: ArmHit;
  readonly owner: SearchedCollection;
}

/** Own fields that a planner is told of, most frequent first. */
const maxFields = 200;
/** Stands for none: a search of no collection finds nothing. */
const nowhere: SearchableCollection = {
  id: CollectionId.parse('00000000-0000-4000-8000-000000000000'),
  generation: 0,
  encoderName: '',
};
/** Of what has nothing in common with the question: no collection's words count for nothing at all. */
const leastSimilarity = 1e-3;
/** Collections asked at once: the index has the machine's cores to itself as it is. */
const width = 8;

/**
 * Makes several collections look like one, so that every tier searches them as it searches one: each arm asks all of them, and
 * what they found is merged before it is scaled and fused.
 *
 * Scores that are scaled per collection say nothing across collections: the best hit of each has 1, also where nothing there has
 * to do with the question. So the arms' own scores are merged. Similarities are comparable, wherever one encoder made the
 * vectors. BM25 is not: a word weighs the more the rarer it is in its collection, so that the one stray mention of a subject in
 * a collection about something else outweighs every passage of a collection about it. Each collection's BM25 is therefore
 * multiplied by the similarity of its nearest passage over that of the nearest of all, a number from 0 to 1 that says how much
 * the collection has to do with the question. That has nothing to fit, and leaves one collection alone as it is.
 *
 * Measured on the passages of three collections (Cranfield, CISI, SciFact with every fourth question), mean nDCG@10, where a
 * search of the right one alone gives .581 and one index of all .574:
 *
 *     merged by                               3      9 by chance   9 by subject   36 by subject
 *     BM25 weighted by nearness             .579       .579           .577           .573
 *     BM25 as it is                         .562       .561           .556           .547
 *     scores scaled per collection          .477       .452           .413           .314
 *     the same, weighted as CORI does       .533       .534           .507           .500
 *
 * Without vectors BM25 is merged as it is, and says less: .447, .442, .414, .407.
 */
export function acrossCollections(
  deps: AcrossDependencies,
  searched: readonly SearchedCollection[],
): AcrossCollections {
  const owners = new Map<DocumentId, SearchedCollection>();
  const documents = new Map<string, DocumentId>();
  const encoderName = deps.encoder?.name;
  const isEncoded = ({ collection }: SearchedCollection) => collection.encoderName === encoderName;
  const collection = (searched.find(isEncoded) ?? searched[0])?.collection ?? nowhere;
  const refOf = (scope: Scope, { collection }: SearchedCollection): IndexRef => ({
    scope,
    collectionId: collection.id,
    generation: collection.generation,
  });
  const groupByOwner = <Item>(items: readonly Item[], documentOf: (item: Item) => DocumentId | undefined) => {
    const groups = new Map<SearchedCollection, Item[]>();
    for (const item of items) {
      const documentId = documentOf(item);
      const owner = documentId === undefined ? undefined : owners.get(documentId);
      if (owner === undefined) continue;
      const group = groups.get(owner);
      if (group === undefined) groups.set(owner, [item]);
      else group.push(item);
    }
    return [...groups];
  };

  const retrieve = async ({ scope }: IndexRef, request: RetrieveRequest): Promise<RetrieveResult> => {
    const { vector, principals: _ofAll, ...rest } = request;
    let semantic: readonly OwnedHit[] = [];
    // By BM25, and by BM25 times the similarity of their collection's nearest passage.
    let plain: readonly OwnedHit[] = [];
    let weighted: readonly OwnedHit[] = [];
    let nearest = leastSimilarity;
    // Merged as they come: the hits of all collections are never held at once.
    await forEachBounded(searched, width, async (owner) => {
      const hasVector = vector !== undefined && isEncoded(owner);
      const found = await deps.index.retrieve(refOf(scope, owner), {
        ...rest,
        ...(hasVector ? { vector } : {}),
        ...(owner.principals === undefined ? {} : { principals: owner.principals }),
      });
      const words = found.keyword ?? [];
      const similarity = Math.max(leastSimilarity, found.semantic?.[0]?.score ?? 0);
      if (hasVector) {
        nearest = Math.max(nearest, similarity);
        semantic = merge(semantic, found.semantic ?? [], owner, request.limit);
        weighted = merge(
          weighted,
          words.map((hit) => ({ ...hit, score: hit.score * similarity })),
          owner,
          request.limit,
        );
      } else plain = merge(plain, words, owner, request.limit);
    });
    const keyword = best(
      [...plain, ...weighted.map(({ hit, owner }) => ({ hit: { ...hit, score: hit.score / nearest }, owner }))],
      request.limit,
    );
    for (const { hit, owner } of [...keyword, ...semantic]) {
      owners.set(hit.documentId, owner);
      documents.set(hit.chunkId, hit.documentId);
    }
    return {
      ...(request.text === undefined ? {} : { keyword: keyword.map(({ hit }) => hit) }),
      ...(vector === undefined ? {} : { semantic: semantic.map(({ hit }) => hit) }),
    };
  };

  const index = {
    retrieve,
    fetch: async ({ scope }: IndexRef, chunkIds: readonly string[]) => {
      const chunks: IndexChunk[] = [];
      await forEachBounded(
        groupByOwner(chunkIds, (id) => documents.get(id)),
        width,
        async ([owner, ids]) => {
          chunks.push(...(await deps.index.fetch(refOf(scope, owner), ids)));
        },
      );
      return chunks;
    },
    readDocuments: async ({ scope }: IndexRef, documentIds: readonly DocumentId[]) => {
      const chunks: IndexChunk[] = [];
      await forEachBounded(
        groupByOwner(documentIds, (id) => id),
        width,
        async ([owner, ids]) => {
          chunks.push(...(await deps.index.readDocuments(refOf(scope, owner), ids)));
        },
      );
      return chunks;
    },
  };

  const store: AcrossDependencies['store'] = {
    visibleVersions: async (scope, _collection, documentIds) => {
      const versions = new Map<DocumentId, number>();
      await forEachBounded(
        groupByOwner(documentIds, (id) => id),
        width,
        async ([{ collection }, ids]) => {
          for (const [id, version] of await deps.store.visibleVersions(scope, collection.id, ids))
            versions.set(id, version);
        },
      );
      return versions;
    },
    describeContents: async (scope) => {
      const types = new Map<string, { readonly sourceName: string; readonly entityType: string }>();
      await forEachBounded(searched, width, async ({ collection }) => {
        for (const type of (await deps.store.describeContents(scope, collection.id)).types) {
          types.set(`${type.sourceName} ${type.entityType}`, type);
        }
      });
      // In one order, whoever answered first.
      return { types: [...types.keys()].sort().flatMap((key) => types.get(key) ?? []) };
    },
    sampleFields: async (scope) => {
      const fields = new Map<string, SeenField>();
      let documentCount = 0;
      await forEachBounded(searched, width, async ({ collection, principals }) => {
        const seen = await deps.store.sampleFields(
          scope,
          collection.id,
          principals === undefined ? {} : { principals },
        );
        documentCount += seen.documentCount;
        for (const field of seen.fields) {
          const known = fields.get(field.name);
          fields.set(field.name, {
            name: field.name,
            types: [...new Set([...(known?.types ?? []), ...field.types])].sort(),
            documentCount: (known?.documentCount ?? 0) + field.documentCount,
          });
        }
      });
      const byCount = [...fields.values()].sort(
        (a, b) => b.documentCount - a.documentCount || (a.name < b.name ? -1 : 1),
      );
      return { fields: byCount.slice(0, maxFields), documentCount };
    },
  };

  return {
    deps: { index, store, ...(deps.encoder === undefined ? {} : { encoder: deps.encoder }) },
    collection,
    ownerOf: (documentId) => owners.get(documentId),
  };
}

function merge(
  merged: readonly OwnedHit[],
  found: readonly ArmHit[],
  owner: SearchedCollection,
  limit: number,
): readonly OwnedHit[] {
  return best([...merged, ...found.map((hit) => ({ hit, owner }))], limit);
}

/** As one index would give them: best first, ties by chunk id. */
function best(hits: readonly OwnedHit[], limit: number): readonly OwnedHit[] {
  return hits.toSorted((a, b) => b.hit.score - a.hit.score || (a.hit.chunkId < b.hit.chunkId ? -1 : 1)).slice(0, limit);
}
