import { type Caller, grants } from '../access/index.ts';
import { AppError, type CollectionId } from '../shared/index.ts';
import { isQualified, parseSearcherLabel, toComparableLabel } from './access-labels.ts';
import type { MembershipStore } from './membership-store.ts';

export interface SearcherDependencies {
  readonly memberships: Pick<MembershipStore, 'expand'>;
}

/**
 * Whose eyes a search of a collection has: the searcher's principals, as documents hold them, groups included; undefined sees
 * everything in the scope.
 *
 * - An API key, and whoever sits at the machine itself, see everything in their scope. `asUser` narrows that to what one user, or
 *   the members of one group, may see.
 * - A signed-in user sees what is not restricted, and what is open to their e-mail address or their groups.
 *
 * @param asUser an e-mail address, or a label such as `group:sales`
 * @throws AppError('forbidden' | 'unprocessable') for an `asUser` that is not allowed or makes no sense; what the store throws,
 *   since without the groups nothing may be said about who sees what
 */
export async function resolveSearcher(
  { memberships }: SearcherDependencies,
  caller: Caller,
  collectionId: CollectionId,
  asUser?: string | null,
): Promise<readonly string[] | undefined> {
  const own = ownLabel(caller);
  const label = asUser === undefined || asUser === null ? own : asOther(caller, own, asUser);
  if (label === 'everyone') return undefined;
  if (label === null) return [];
  const expanded = await memberships.expand(caller.scope, collectionId, label);
  // Where no source says more about a user, documents name them as they are. Groups are never anything but a source's own.
  return label.startsWith('user:') && !isQualified(label) ? [label, ...expanded] : expanded;
}

/** `everyone`: not restricted; null: nobody in particular. */
function ownLabel(caller: Caller): string | null {
  if (caller.kind !== 'user') return 'everyone';
  return caller.email === null ? null : toComparableLabel(`user:${caller.email}`);
}

/** A signed-in user may only be themselves: being anybody else would widen what they see. */
function asOther(caller: Caller, own: string | null, asUser: string): string {
  if (!grants(caller, 'impersonate')) {
    throw new AppError(
      'forbidden',
      "This API key may not search as another user. Give a key the scope 'impersonate' for that.",
    );
  }
  const label = parseSearcherLabel(asUser);
  if (own !== 'everyone' && label !== own) {
    throw new AppError('forbidden', 'You may search as yourself only; an API key may search as somebody else.');
  }
  return label;
}
