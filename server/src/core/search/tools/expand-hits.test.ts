import { describe, expect, test } from 'vitest';
import { openLibrary } from './__fixtures__/library.ts';
import { expandHits } from './expand-hits.ts';
import { joinPassages } from './join-passages.ts';

const signal = AbortSignal.timeout(60_000);

describe('what stands around passages', () => {
  test('is read best first, until it is enough', async () => {
    const { deps, target, shelf } = await openLibrary([
      { entityId: 'a', passages: ['one of a. ', 'two of a. ', 'three of a. '] },
      { entityId: 'b', passages: ['one of b. ', 'two of b. '] },
    ]);
    const hits = [...shelf.values()].flatMap((chunks) => chunks.slice(1, 2)).map((chunk) => ({ chunk, target }));
    const texts = async (maxTokens: number) => [
      ...(await expandHits(deps, hits, { neighbours: 1 }, maxTokens, signal)).values(),
    ];
    expect(await texts(100)).toEqual([
      { text: 'one of a. \n\ntwo of a. \n\nthree of a. ', from: 0, to: 2 },
      { text: 'one of b. \n\ntwo of b. ', from: 0, to: 1 },
    ]);
    expect(await texts(5)).toHaveLength(1);
  });

  test('has no text twice where passages overlap', () => {
    const overlap = 'The sentence that both of them have.';
    expect(joinPassages([`Before. ${overlap}`, `${overlap} After.`])).toBe(`Before. ${overlap} After.`);
    expect(joinPassages(['ends in it', 'it begins'])).toBe('ends in it\n\nit begins');
    expect(joinPassages([])).toBe('');
  });
});
