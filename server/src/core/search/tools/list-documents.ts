import type { DocumentOrder, FoundDocument } from '../document-finder.ts';
import { selectionOf, type ToolDependencies, type ToolTarget } from './tool-search.ts';

export interface ListRequest {
  readonly order: DocumentOrder;
  /** From 0. */
  readonly offset: number;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface DocumentList {
  readonly documents: readonly FoundDocument[];
  /** All that match, whatever the page. */
  readonly total: number;
}

/** Documents by what is known of them, not by their text: exact, and with the number of all. */
export async function listDocuments(
  { finder }: Pick<ToolDependencies, 'finder'>,
  target: ToolTarget,
  request: ListRequest,
): Promise<DocumentList> {
  const selection = selectionOf(target);
  const [documents, total] = await Promise.all([
    finder.list(target.scope, target.collection.id, selection, request),
    finder.count(target.scope, target.collection.id, selection),
  ]);
  return { documents, total };
}
