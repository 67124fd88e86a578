import type { CollectionId, Scope } from '../shared/index.ts';
import type { Filter } from './filter.ts';
import { nearestName } from './nearest-name.ts';
import { isOwnField, ownFieldPrefix } from './own-fields.ts';
import type { SearchStore } from './search-store.ts';

/** More is no help. */
const maxWarnings = 10;

/**
 * Why a filter let nothing through, where it names own fields that no document seems to have. That is no mistake in the filter,
 * since names depend on the documents, but likely one of whoever wrote it.
 *
 * @param principals the searcher's; absent: sees everything in the scope
 */
export async function warnOfUnknownFields(
  store: Pick<SearchStore, 'sampleFields'>,
  scope: Scope,
  collectionId: CollectionId,
  filter: Filter | undefined,
  principals: readonly string[] | undefined,
): Promise<readonly string[]> {
  const names = [...new Set((filter ?? []).flat().map(({ field }) => field))].filter(isOwnField);
  if (names.length === 0) return [];
  const seen = await store.sampleFields(scope, collectionId, principals === undefined ? {} : { principals });
  if (seen.documentCount === 0) return [];
  const known = seen.fields.map(({ name }) => `${ownFieldPrefix}${name}`);
  return names
    .filter((name) => !known.includes(name))
    .slice(0, maxWarnings)
    .map((name) => {
      const nearest = nearestName(name.slice(ownFieldPrefix.length), known);
      const meant = nearest === undefined ? '' : ` Did you mean '${nearest}'?`;
      return `None of the ${seen.documentCount} documents looked at has the field '${name}'.${meant} The filter schema of the collection lists those there are.`;
    });
}
