import type { ArmHit } from '../../core/search/search-index.ts';

/** Where a tie is longer than this, which of its rows are given is left to the engine. */
const defaultMaxCandidates = 50_000;

/** Shorter lists are exact to their end. */
const lenientFrom = 100;

/**
 * The best `limit` hits, ties in order of chunk id. The engine cuts a tie where its storage happens to end it. When that tie
 * reaches into the first two thirds, more are asked for until it is whole; in the last third, which decides nothing of a page,
 * the engine's choice stands: asking again for it doubled the time of every other search over documents of one length.
 *
 * @param ask gives the engine's best `count` hits in any order, fewer only when there are no more
 * @param maxCandidates the most that `ask` can be asked for, at least `limit`
 */
export async function topHits(
  limit: number,
  ask: (count: number) => Promise<readonly ArmHit[]>,
  maxCandidates = defaultMaxCandidates,
): Promise<readonly ArmHit[]> {
  const mustBeWhole = limit < lenientFrom ? limit : Math.floor((limit * 2) / 3);
  for (let count = Math.min(limit + 1, maxCandidates); ; count = Math.min(count * 4, maxCandidates)) {
    const hits = (await ask(count)).toSorted(
      (a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : a.chunkId > b.chunkId ? 1 : 0),
    );
    const isWhole = hits.length < count || hits[limit - 1]?.score !== hits.at(-1)?.score || count >= maxCandidates;
    if (isWhole || hits.findIndex((hit) => hit.score === hits.at(-1)?.score) >= mustBeWhole)
      return hits.slice(0, limit);
  }
}
