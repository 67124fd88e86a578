import {
  CollectionId,
  DocumentId,
  newId,
  OrganizationId,
  SourceConnectionId,
  SyncId,
} from '../../src/core/shared/index.ts';

/** Two organisations with collections, connections, groups and documents, all by chance. Labels are as sources write them. */
export interface LeakWorld {
  readonly organizations: readonly LeakOrganization[];
  readonly collections: readonly LeakCollection[];
  readonly connections: readonly LeakConnection[];
  readonly documents: readonly LeakDocument[];
}

export interface LeakOrganization {
  readonly id: OrganizationId;
}

export interface LeakCollection {
  readonly id: CollectionId;
  readonly readableId: string;
  readonly organization: LeakOrganization;
}

export interface LeakConnection {
  readonly id: SourceConnectionId;
  readonly syncId: SyncId;
  readonly shortName: string;
  readonly collection: LeakCollection;
  /** Its source says who is in which group. */
  readonly isGuarded: boolean;
  /** Null: not known. */
  memberships: readonly { readonly member: string; readonly group: string }[] | null;
}

export interface LeakDocument {
  readonly id: DocumentId;
  readonly number: number;
  readonly connection: LeakConnection;
  readonly entityId: string;
  readonly team: string;
  readonly access: { readonly viewers: readonly string[]; readonly isPublic: boolean } | null;
}

/** Stands in every text that a document has: whoever reads it has seen the document. */
export function markOf(document: LeakDocument): string {
  return `mark${document.number}x`;
}

export const people = Array.from({ length: 12 }, (_, place) => `person${place}@example.com`);
/** The same in every connection, where they mean something else. */
export const groupCount = 14;
export const teams = ['red', 'green', 'blue'] as const;

/** Chance that can be had again: the same seed gives the same numbers. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }

  happens(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined) throw new Error('there is nothing to pick');
    return picked;
  }

  some<T>(from: readonly T[], most: number): readonly T[] {
    return Array.from({ length: 1 + this.below(most) }, () => this.pick(from));
  }
}

export function createWorld(
  chance: Chance,
  size: { readonly collections: number; readonly documentsPerConnection: number },
): LeakWorld {
  const organizations = [0, 1].map(() => ({ id: newId(OrganizationId) }));
  const collections = organizations.flatMap((organization, place) =>
    Array.from({ length: size.collections }, (_, n) => ({
      ...{ id: newId(CollectionId), organization },
      readableId: `collection-${place}-${n}`,
    })),
  );
  const connections = collections.flatMap((collection) =>
    ['notion', 'slack', 'documents'].map(
      (shortName, place): LeakConnection => ({
        ...{ id: newId(SourceConnectionId), syncId: newId(SyncId), shortName, collection },
        isGuarded: place === 0,
        memberships: place === 2 && chance.happens(50) ? null : createMemberships(chance),
      }),
    ),
  );
  let number = 0;
  const documents = connections.flatMap((connection) =>
    Array.from({ length: size.documentsPerConnection }, (): LeakDocument => {
      number += 1;
      return {
        ...{ id: newId(DocumentId), number, connection, entityId: `entity-${number}` },
        ...{ team: chance.pick(teams), access: createAccess(chance) },
      };
    }),
  );
  return { organizations, collections, connections, documents };
}

export function createMemberships(chance: Chance): readonly { readonly member: string; readonly group: string }[] {
  const groups = Array.from({ length: groupCount }, (_, place) => `group:g${place}`);
  const nested = groups.flatMap((member, place) => {
    // A chain of some depth, and now and then a way back or across.
    const next = chance.happens(60) ? [{ member, group: `group:g${(place + 1) % groupCount}` }] : [];
    return chance.happens(15) ? [...next, { member, group: chance.pick(groups) }] : next;
  });
  const members = people.flatMap((person) =>
    chance.happens(25)
      ? []
      : chance.some(groups, 2).map((group) => ({ member: `user:${inAnyCase(chance, person)}`, group })),
  );
  return [...nested, ...members];
}

function createAccess(chance: Chance): LeakDocument['access'] {
  const kind = chance.below(100);
  if (kind < 20) return null;
  if (kind < 27) return { viewers: [], isPublic: true };
  if (kind < 33) return { viewers: [], isPublic: false };
  const users = chance.some(people, 2).map((person) => `user:${inAnyCase(chance, person)}`);
  const groups = chance.some(
    Array.from({ length: groupCount }, (_, place) => `group:g${place}`),
    2,
  );
  if (kind < 50) return { viewers: users, isPublic: false };
  return { viewers: kind < 85 ? groups : [...groups, ...users], isPublic: kind > 97 };
}

function inAnyCase(chance: Chance, email: string): string {
  return chance.happens(30) ? email.toUpperCase() : email;
}
