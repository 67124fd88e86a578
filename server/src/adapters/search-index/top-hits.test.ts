import { describe, expect, it } from 'vitest';
import type { ArmHit } from '../../core/search/search-index.ts';
import { DocumentId, newId } from '../../core/shared/index.ts';
import { topHits } from './top-hits.ts';

const hit = (chunkId: string, score: number): ArmHit => ({ chunkId, score, version: 1, documentId: newId(DocumentId) });

describe('topHits', () => {
  it('asks for more until the tie at the cut is whole', async () => {
    const ties = Array.from({ length: 40 }, (_, i) => hit(String(99 - i), 1));
    const all = [hit('best', 2), ...ties, hit('worst', 0)];
    const asked: number[] = [];
    const hits = await topHits(3, async (count) => {
      asked.push(count);
      return all.slice(0, count);
    });
    expect(hits.map(({ chunkId }) => chunkId)).toEqual(['best', '60', '61']);
    expect(asked).toEqual([4, 16, 64]);
  });

  it('asks once when the cut is clear, or when there are no more', async () => {
    let asks = 0;
    const ask = (all: readonly ArmHit[]) => async (count: number) => {
      asks += 1;
      return all.slice(0, count);
    };
    expect(await topHits(1, ask([hit('a', 2), hit('b', 1)]))).toHaveLength(1);
    expect(await topHits(5, ask([hit('a', 1), hit('b', 1)]))).toHaveLength(2);
    expect(await topHits(5, ask([]))).toEqual([]);
    expect(asks).toBe(3);
  });
});
