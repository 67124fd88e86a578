import type { Scope } from '../shared/index.ts';
import type { SearchableCollection } from './search-store.ts';

export interface NamedCollection extends SearchableCollection {
  readonly readableId: string;
}

/** The port to the collections there are to search. Implementation: `adapters/postgres/searchable-collections.ts`. */
export interface SearchableCollections {
  /**
   * Collections that are not being deleted, by readable id.
   *
   * @param options.readableIds these only; null: all. Those that do not exist are left out.
   */
  list(
    scope: Scope,
    options: { readonly readableIds: readonly string[] | null; readonly limit: number },
  ): Promise<readonly NamedCollection[]>;
}
