import type { LeakCollection, LeakConnection, LeakDocument, LeakWorld } from './leak-world.ts';

/** Who looks: `everything`, or somebody by a label in the sources' spelling; null: nobody in particular. */
export type Looker = 'everything' | string | null;

/**
 * What somebody may see of a collection, worked out from the rules alone, with none of the code that is tested: plain sets, and no
 * labels but the sources' own.
 */
export function visibleDocuments(
  world: LeakWorld,
  collection: LeakCollection,
  looker: Looker,
): ReadonlySet<LeakDocument> {
  const seen = new Set<LeakDocument>();
  const own = world.connections.filter((connection) => connection.collection === collection);
  for (const connection of own) {
    const labels = looker === null || looker === 'everything' ? new Set<string>() : labelsOf(connection, looker);
    for (const document of world.documents) {
      if (document.connection !== connection) continue;
      const { access } = document;
      const isOpen = looker === 'everything' || access === null || access.isPublic;
      if (isOpen || access.viewers.some((viewer) => labels.has(spell(viewer)))) seen.add(document);
    }
  }
  return seen;
}

/** What of the labels in a connection's documents means the looker. */
function labelsOf({ memberships, isGuarded }: LeakConnection, looker: string): ReadonlySet<string> {
  const isPerson = looker.startsWith('user:');
  // Not known who is who: people count only where the source leaves that to their addresses, and groups not at all.
  if (memberships === null) return new Set(isPerson && !isGuarded ? [spell(looker)] : []);
  const labels = new Set([spell(looker)]);
  for (let before = -1; before !== labels.size; ) {
    before = labels.size;
    for (const { member, group } of memberships) if (labels.has(spell(member))) labels.add(group);
  }
  return labels;
}

function spell(label: string): string {
  return label.startsWith('user:') ? label.toLowerCase() : label;
}
