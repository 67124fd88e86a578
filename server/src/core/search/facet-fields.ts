import type { OwnField } from './filter.ts';
import { nearestName } from './nearest-name.ts';
import { isOwnField, maxOwnNameLength, ownFieldPrefix } from './own-fields.ts';

/** Fields of which every document has one value or some, of few kinds; those of passages and the dates have too many. */
export const facetFields = [
  'name',
  'breadcrumbs.entity_id',
  'breadcrumbs.name',
  'breadcrumbs.entity_type',
  'airweave_system_metadata.entity_type',
  'airweave_system_metadata.source_name',
  'airweave_system_metadata.original_entity_id',
  'airweave_system_metadata.sync_id',
] as const;

export type FacetField = (typeof facetFields)[number] | OwnField;

/** Longer text is no kind that documents are counted by, in characters. */
export const maxFacetText = 200;

/** The field, or what is wrong with its name. */
export function parseFacetField(written: string): { readonly field: FacetField } | { readonly problem: string } {
  const known = facetFields.find((field) => field === written);
  if (known !== undefined) return { field: known };
  if (isOwnField(written) && written.length <= ownFieldPrefix.length + maxOwnNameLength) return { field: written };
  const nearest = nearestName(written, facetFields);
  const meant = nearest === undefined ? '.' : `, did you mean '${nearest}'?`;
  const names = facetFields.map((name) => `'${name}'`).join(', ');
  return {
    problem: `'${written.slice(0, 50)}' is not a field with facets${meant} Input should be ${names}, or '${ownFieldPrefix}' and the name of one of the source's own fields`,
  };
}
