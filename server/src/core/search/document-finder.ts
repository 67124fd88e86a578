import type { CollectionId, DocumentId, Scope, SourceConnectionId } from '../shared/index.ts';
import type { FacetField } from './facet-fields.ts';
import type { Filter } from './filter.ts';

/** What a question about documents, rather than passages, may be narrowed by. */
export interface DocumentSelection {
  readonly filter?: Filter;
  /** The searcher's principals; absent: sees everything in the scope. */
  readonly principals?: readonly string[];
}

export const documentOrders = ['newest', 'oldest', 'name'] as const;
export type DocumentOrder = (typeof documentOrders)[number];

/** A document as a list shows it: no text. */
export interface FoundDocument {
  readonly id: DocumentId;
  readonly connectionId: SourceConnectionId;
  readonly sourceName: string;
  /** The source's own id. */
  readonly entityId: string;
  readonly entityType: string;
  readonly name: string;
  readonly url: string | null;
  readonly breadcrumbs: readonly { readonly entityId: string; readonly name: string; readonly entityType: string }[];
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  readonly chunkCount: number;
}

/** How many documents have each value of a field; most first, ties by value. */
export interface Facet {
  readonly field: FacetField;
  readonly values: readonly { readonly value: string | number | boolean; readonly count: number }[];
  /** There are more values than were asked for. */
  readonly isCut: boolean;
}

/**
 * The port to exact questions about a collection's documents: which, how many, of which kinds. It reads what is committed and
 * shown in searches (not failed, not excluded, nothing of a connection that is being deleted), and it filters as every search
 * index does. A document matches a condition on its passages' numbers when it has such a passage. Implementation:
 * `adapters/postgres/document-finder.ts`. Every call throws AppError('unavailable') when it takes too long, and
 * AppError('unprocessable') for a filter by `sync_job_id`, which documents do not keep.
 */
export interface DocumentFinder {
  count(scope: Scope, collectionId: CollectionId, selection: DocumentSelection): Promise<number>;
  /** Ties by id, so that pages are stable. `limit` 1 to 1,000. */
  list(
    scope: Scope,
    collectionId: CollectionId,
    selection: DocumentSelection,
    page: { readonly order: DocumentOrder; readonly offset: number; readonly limit: number },
  ): Promise<readonly FoundDocument[]>;
  /** `fields`: at most 20, and 100 values of each. A document with a list counts for each of its values. */
  facets(
    scope: Scope,
    collectionId: CollectionId,
    selection: DocumentSelection,
    request: { readonly fields: readonly FacetField[]; readonly valuesPerField: number },
  ): Promise<readonly Facet[]>;
}
