import { setTimeout as delay } from 'node:timers/promises';
import { CommandError, exitCodes } from './command-error.ts';
import { countOf, parseApiTime } from './relative-time.ts';
import type { Session } from './session.ts';
import type { Collection, ConnectionListItem } from './wire.ts';

/** Made by the first start from Weft's own documentation. */
const sample = 'getting-started';

/**
 * The collection a command is about: the one named, else WEFT_COLLECTION, else the one of the person's own that
 * changed last and holds documents, else the sample. Says which, when there was a choice.
 *
 * @returns a readable id
 * @throws  CommandError exit code 5 when nothing holds documents
 */
export async function chooseCollection(session: Session, named: string | undefined): Promise<string> {
  const wanted = named ?? session.context.environment.WEFT_COLLECTION;
  if (wanted !== undefined) return wanted;
  const candidates = await findCandidates(session);
  const chosen = candidates[0];
  if (chosen === undefined) {
    throw new CommandError(
      exitCodes.notFound,
      'no_collections',
      'There is nothing to search yet: no collection holds documents.\nConnect a folder with: ./weft connect <folder>, or see how far Weft is: ./weft status',
    );
  }
  if (candidates.length > 1) {
    const others = countOf(candidates.length - 1, 'other collection');
    session.note(
      `Searching "${chosen}", the one that changed last. There ${candidates.length === 2 ? 'is' : 'are'} ${others}: choose with --collection.`,
    );
  }
  return chosen;
}

/** A first start is ready seconds before its first documents are indexed; somebody who asks at once waits for those. */
const firstDocumentsWithinMs = 30_000;
/** A sync that waits for its worker does not show as one. */
const syncBeginsWithinMs = 1_500;
const askAgainAfterMs = 300;

async function findCandidates(session: Session): Promise<readonly string[]> {
  for (const began = Date.now(); ; ) {
    const [collections, connections] = await Promise.all([
      session.client.listCollections(),
      session.client.listConnections(),
    ]);
    const candidates = rankCollections(collections, connections);
    const isReading = connections.some(({ status }) => status === 'syncing');
    const patienceMs = connections.length === 0 ? 0 : isReading ? firstDocumentsWithinMs : syncBeginsWithinMs;
    if (candidates.length > 0 || Date.now() - began >= patienceMs) return candidates;
    await delay(askAgainAfterMs);
  }
}

/** Readable ids of collections that hold documents, the best default first; exported for its tests. */
export function rankCollections(
  collections: readonly Collection[],
  connections: readonly ConnectionListItem[],
): readonly string[] {
  const ranked = collections.map((collection) => {
    const own = connections.filter((connection) => connection.readable_collection_id === collection.readable_id);
    const changes = [collection.modified_at, ...own.map((connection) => connection.modified_at)];
    return {
      id: collection.readable_id,
      hasDocuments: own.some((connection) => connection.entity_count > 0),
      changedAt: Math.max(...changes.map((iso) => (iso ? parseApiTime(iso) : 0)).filter((time) => !Number.isNaN(time))),
    };
  });
  const filled = ranked.filter(({ hasDocuments }) => hasDocuments);
  const own = filled.filter(({ id }) => id !== sample).sort((a, b) => b.changedAt - a.changedAt);
  return [...own, ...filled.filter(({ id }) => id === sample)].map(({ id }) => id);
}
