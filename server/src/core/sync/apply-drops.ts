import type { IndexRef } from '../search/search-index.ts';
import type { SyncDependencies } from './sync-dependencies.ts';

const batch = 200;

/**
 * Does what commits have written down: removes superseded index rows and blobs, then the notes themselves. Doing it twice
 * changes nothing, so a crash anywhere only means that it is done again.
 */
export async function applyDrops(
  dependencies: Pick<SyncDependencies, 'store' | 'index' | 'blobs'>,
  index: IndexRef,
): Promise<void> {
  for (;;) {
    const drops = await dependencies.store.listDrops(index, batch);
    if (drops.length === 0) return;
    // A run that began before a rebuilt index took its place does what newer runs have written down, in the new one.
    for (const [generation, same] of Map.groupBy(drops, (drop) => drop.generation)) {
      await dependencies.index.drop({ ...index, generation }, same);
    }
    for (const drop of drops) if (drop.rawKey !== null) await dependencies.blobs.delete(drop.rawKey);
    await dependencies.store.removeDrops(
      index.scope,
      drops.map((drop) => drop.id),
    );
  }
}
