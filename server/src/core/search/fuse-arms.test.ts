import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DocumentId } from '../shared/index.ts';
import { type Arm, fuseArms } from './fuse-arms.ts';
import type { ArmHit } from './search-index.ts';

function documentId(number: number): DocumentId {
  return DocumentId.parse(`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`);
}

/** A hit on chunk `number`; three chunks to a document. */
function hit(number: number, score: number): ArmHit {
  return {
    chunkId: `c${String(number).padStart(5, '0')}`,
    documentId: documentId(Math.floor(number / 3)),
    version: 1,
    score,
  };
}

function toArm(kind: Arm['kind'], hits: readonly ArmHit[], isExhausted = true): Arm {
  return { kind, hits, isExhausted };
}

function scores(arms: readonly Arm[]): Record<string, number> {
  return Object.fromEntries(fuseArms(arms, 'chunk').hits.map(({ chunkId, score }) => [chunkId, score]));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Whole rankings of an index of up to 900 chunks: any part of them in any order, scores with many ties. */
const arbitraryArm = (kind: Arm['kind']): fc.Arbitrary<Arm> =>
  fc
    .uniqueArray(fc.tuple(fc.nat(899), fc.integer({ min: 1, max: 60 })), {
      selector: ([chunk]) => chunk,
      maxLength: 700,
    })
    .map((found) =>
      toArm(
        kind,
        found
          .map(([chunk, score]) => hit(chunk, score / 10))
          .sort((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1)),
      ),
    );
const arbitraryArms = fc.tuple(arbitraryArm('keyword'), arbitraryArm('semantic'));

/** What of an arm is known when it was read to a depth. */
function cut(arm: Arm, depth: number): Arm {
  return { ...arm, hits: arm.hits.slice(0, depth), isExhausted: arm.hits.length < depth };
}

describe('fuseArms', () => {
  test('takes the mean of both arms, each scaled from its last score to its first', () => {
    const found = scores([
      toArm('keyword', [hit(1, 8), hit(2, 4)]),
      toArm('semantic', [hit(2, 0.9), hit(3, 0.7), hit(1, 0.5)]),
    ]);
    expect(found.c00001).toBeCloseTo((1 + 0) / 2); // best by words, last by meaning
    expect(found.c00002).toBeCloseTo((0.5 + 1) / 2); // half of the best BM25, since an exhausted keyword arm ends at 0
    expect(found.c00003).toBeCloseTo((0 + 0.5) / 2); // no word of the query
  });

  test('scales by the score at a fixed rank however many hits there are', () => {
    const many = Array.from({ length: 450 }, (_, index) => hit(index, 500 - index));
    const found = scores([toArm('keyword', many)]);
    expect(mean(Array.from({ length: 10 }, (_, index) => found[`c0000${index}`] ?? 0))).toBeCloseTo(1);
    expect(found.c00199).toBeCloseTo(0);
    expect(found.c00399).toBeLessThan(0);
  });

  test('gives what stands out among the best more weight, at most twice as much', () => {
    const others = Array.from({ length: 199 }, (_, index) => [hit(300 + index, 1 - index / 200)] as const);
    const standing = (first: number) =>
      scores([toArm('keyword', [hit(1, first), ...others.map(([other]) => other)])]).c00001 ?? 0;
    expect(standing(1.5)).toBeGreaterThan(standing(1.1));
    expect(standing(1000)).toBe(2);
  });

  test('gives one hit the score 1', () => {
    expect(scores([toArm('semantic', [hit(1, 0.3)])])).toEqual({ c00001: 1 });
    expect(scores([toArm('keyword', [hit(1, 7)]), toArm('semantic', [])])).toEqual({ c00001: 1 });
  });

  test('leaves an empty arm out of the mean', () => {
    const semantic = toArm('semantic', [hit(1, 0.9), hit(2, 0.8), hit(3, 0.1)]);
    expect(scores([toArm('keyword', []), semantic])).toEqual(scores([semantic]));
  });

  test('leaves out an arm that scores all alike, so that it cannot outvote the other', () => {
    const flat = Array.from({ length: 200 }, (_, index) => hit(500 + index, 2.5));
    const keyword = toArm('keyword', flat, false);
    const semantic = toArm(
      'semantic',
      Array.from({ length: 200 }, (_, index) => hit(index, 1 - index / 200)),
      false,
    );
    expect(fuseArms([keyword, semantic], 'chunk').hits.slice(0, 199)).toEqual(
      fuseArms([semantic], 'chunk').hits.slice(0, 199),
    );
  });

  test('keeps the order of a single flat arm below the depth of its scale', () => {
    const hits = Array.from({ length: 240 }, (_, index) => hit(300 - index, index < 205 ? 5 : 5 - index / 400));
    const ranked = fuseArms([toArm('semantic', hits)], 'chunk').hits;
    expect(ranked.at(-1)?.chunkId).toBe(hits.at(-1)?.chunkId);
    expect(ranked[0]?.score).toBe(1);
  });

  test('gives nothing for arms without hits', () => {
    expect(fuseArms([toArm('keyword', []), toArm('semantic', [])], 'chunk')).toEqual({ hits: [], isComplete: true });
    expect(fuseArms([], 'chunk')).toEqual({ hits: [], isComplete: true });
  });

  test('waits for an arm that has not been read to the depth of a tier', () => {
    const short = toArm('keyword', [hit(1, 3)], false);
    expect(fuseArms([short, toArm('semantic', [hit(1, 0.5)])], 'chunk')).toEqual({ hits: [], isComplete: false });
  });

  test('breaks ties by document, then chunk', () => {
    const ranked = fuseArms([toArm('keyword', [hit(7, 1), hit(2, 1), hit(1, 1), hit(4, 1)])], 'chunk').hits;
    expect(ranked.map(({ chunkId }) => chunkId)).toEqual(['c00001', 'c00002', 'c00004', 'c00007']);
  });

  test('ranks the first n alike however deep the arms were read', () => {
    fc.assert(
      fc.property(arbitraryArms, fc.integer({ min: 200, max: 800 }), (arms, depth) => {
        const whole = fuseArms(arms, 'chunk');
        const part = fuseArms(
          arms.map((arm) => cut(arm, depth)),
          'chunk',
        );
        expect(part.hits).toEqual(whole.hits.slice(0, part.hits.length));
        expect(part.hits.length > 0 || whole.hits.length === 0).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('never ranks a worse score above a better one, and gives each chunk once', () => {
    fc.assert(
      fc.property(arbitraryArms, (arms) => {
        const { hits, isComplete } = fuseArms(arms, 'chunk');
        expect(isComplete).toBe(true);
        expect(new Set(hits.map(({ chunkId }) => chunkId)).size).toBe(hits.length);
        expect(new Set(arms.flatMap((arm) => arm.hits.map(({ chunkId }) => chunkId))).size).toBe(hits.length);
        for (const [index, { score }] of hits.entries()) {
          expect(Number.isFinite(score)).toBe(true);
          expect(score).toBeLessThanOrEqual((hits[index - 1]?.score ?? 2) + 1e-9);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('does not care which arm comes first', () => {
    fc.assert(
      fc.property(arbitraryArms, ([keyword, semantic]) => {
        expect(fuseArms([semantic, keyword], 'chunk')).toEqual(fuseArms([keyword, semantic], 'chunk'));
      }),
      { numRuns: 50 },
    );
  });

  test('does not change when an arm scores on another scale', () => {
    const hits = Array.from({ length: 150 }, (_, index) => hit((index * 7) % 400, 200 - index));
    const other = toArm(
      'keyword',
      Array.from({ length: 80 }, (_, index) => hit((index * 11) % 400, 90 - index)),
    );
    const order = (factor: number) =>
      fuseArms(
        [
          other,
          toArm(
            'semantic',
            hits.map((found) => ({ ...found, score: found.score * factor })),
          ),
        ],
        'chunk',
      ).hits.map(({ chunkId }) => chunkId);
    expect(order(4)).toEqual(order(1));
  });
});

describe('a ranking of documents', () => {
  const arms = [
    toArm('keyword', [hit(1, 9), hit(4, 8), hit(0, 7), hit(9, 5)]),
    toArm('semantic', [hit(2, 0.9), hit(4, 0.8), hit(9, 0.1)]),
  ];

  test('gives each document once, by what its best chunk is in each arm', () => {
    const { hits } = fuseArms(arms, 'document');
    expect(hits.map(({ documentId }) => documentId)).toEqual([documentId(0), documentId(1), documentId(3)]);
    expect(hits[0]?.score).toBe(1); // chunk 1 is the best by words, chunk 2 by meaning
  });

  test('shows of a document the chunk that is best by itself', () => {
    const { hits } = fuseArms(arms, 'document');
    const chunks = fuseArms(arms, 'chunk').hits;
    for (const { chunkId, documentId } of hits) {
      expect(chunks.find((chunk) => chunk.documentId === documentId)?.chunkId).toBe(chunkId);
    }
  });

  test('gives the same first documents for every depth', () => {
    fc.assert(
      fc.property(arbitraryArms, fc.integer({ min: 200, max: 800 }), (whole, depth) => {
        const all = fuseArms(whole, 'document').hits;
        const part = fuseArms(
          whole.map((arm) => cut(arm, depth)),
          'document',
        ).hits;
        expect(part).toEqual(all.slice(0, part.length));
        expect(new Set(all.map(({ documentId }) => documentId)).size).toBe(all.length);
        for (const [index, { score }] of all.entries()) {
          expect(score).toBeLessThanOrEqual((all[index - 1]?.score ?? 2) + 1e-9);
        }
      }),
      { numRuns: 60 },
    );
  });
});
