import type { Scope } from '../../shared/index.ts';
import type { DocumentFinder } from '../document-finder.ts';
import type { Condition, Filter } from '../filter.ts';
import type { IndexRef, SearchIndex } from '../search-index.ts';
import type { SearchableCollection, SearchStore } from '../search-store.ts';

/** What agents' tools look into: the index for passages, the database for documents. */
export interface ToolDependencies {
  readonly index: Pick<SearchIndex, 'retrieve' | 'fetch' | 'readDocuments'>;
  readonly store: Pick<SearchStore, 'visibleVersions'>;
  readonly finder: DocumentFinder;
}

/** Where a tool looks, and with whose eyes. */
export interface ToolTarget {
  readonly scope: Scope;
  readonly collection: SearchableCollection;
  readonly filter?: Filter;
  /** The searcher's principals; absent: sees everything in the scope. */
  readonly principals?: readonly string[];
}

export function toRef({ scope, collection }: ToolTarget): IndexRef {
  return { scope, collectionId: collection.id, generation: collection.generation };
}

/** The target's filter and principals, with one of the alternatives to hold besides. */
export function selectionOf(
  { filter, principals }: ToolTarget,
  alternatives?: readonly Condition[],
): { readonly filter?: Filter; readonly principals?: readonly string[] } {
  const narrowed =
    alternatives === undefined
      ? filter
      : (filter ?? [[]]).flatMap((group) => alternatives.map((condition) => [...group, condition]));
  return {
    ...(narrowed === undefined ? {} : { filter: narrowed }),
    ...(principals === undefined ? {} : { principals }),
  };
}
