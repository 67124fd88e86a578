import type { Scope } from '../../shared/index.ts';
import type { DocumentSelection } from '../document-finder.ts';
import type { Filter } from '../filter.ts';
import { allOf, TooManyGroups } from '../filter-algebra.ts';
import type { SearchableCollection } from '../search-store.ts';

/** Where every tool looks, with whose eyes, and within what: a tool can narrow it, and never leave it. */
export interface AgenticTarget {
  readonly scope: Scope;
  readonly collection: SearchableCollection;
  readonly filter?: Filter;
  readonly principals?: readonly string[];
}

/** More groups than an index is asked for at once. */
const maxGroups = 500;

/** A filter that cannot be asked for together with the user's. */
export class FilterTooLarge extends Error {
  constructor() {
    super('This filter has too many groups together with the one of the user. Use fewer groups, or `in` with a list.');
  }
}

/**
 * What the target shows, narrowed by one more filter.
 * @throws FilterTooLarge
 */
export function selectWithin(target: AgenticTarget, more?: Filter): DocumentSelection {
  const filter = narrow(target.filter, more);
  return {
    ...(filter === undefined ? {} : { filter }),
    ...(target.principals === undefined ? {} : { principals: target.principals }),
  };
}

function narrow(filter: Filter | undefined, more: Filter | undefined): Filter | undefined {
  if (more === undefined || filter === undefined) return more ?? filter;
  try {
    const both = allOf([filter, more]);
    if (both.length <= maxGroups) return both;
  } catch (error) {
    if (!(error instanceof TooManyGroups)) throw error;
  }
  throw new FilterTooLarge();
}

/** Whether a filter chooses passages within documents: then nothing around a passage may be shown. */
export function choosesPassages(filter: Filter | undefined): boolean {
  return (filter ?? []).some((group) =>
    group.some(({ field }) => field === 'entity_id' || field === 'airweave_system_metadata.chunk_index'),
  );
}
