import { type RawBuilder, sql } from 'kysely';

/**
 * Whether a searcher with these principals may see the row `document`: it is not restricted, or public, or one of the principals is
 * a viewer. Undefined sees everything in the scope.
 */
export function mayBeSeenBy(principals: readonly string[] | undefined): RawBuilder<boolean> {
  if (principals === undefined) return sql<boolean>`true`;
  return sql<boolean>`(document.access is null or document.access->>'isPublic' = 'true'
    or coalesce(document.access->'viewers' ?| ${principals}::text[], false))`;
}
