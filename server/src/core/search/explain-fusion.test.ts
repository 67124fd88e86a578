import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DocumentId } from '../shared/index.ts';
import { explainFusion, type FusionExplanation } from './explain-fusion.ts';
import { type Arm, fuseArms, keyOf } from './fuse-arms.ts';
import type { ArmHit } from './search-index.ts';

function hit(number: number, score: number): ArmHit {
  const document = Math.floor(number / 3);
  const documentId = DocumentId.parse(`00000000-0000-4000-8000-${String(document).padStart(12, '0')}`);
  return { chunkId: `c${number}`, documentId, version: 1, score };
}

function toArm(kind: Arm['kind'], scores: readonly (readonly [chunk: number, score: number])[]): Arm {
  const hits = scores.map(([chunk, score]) => hit(chunk, score)).sort((a, b) => b.score - a.score);
  return { kind, hits, isExhausted: true };
}

const arbitraryArm = (kind: Arm['kind']) =>
  fc
    .uniqueArray(fc.tuple(fc.nat(899), fc.integer({ min: 1, max: 60 })), {
      selector: ([chunk]) => chunk,
      maxLength: 500,
    })
    .map((scores) => toArm(kind, scores));
const arbitraryArms = fc.oneof(
  fc.tuple(arbitraryArm('keyword'), arbitraryArm('semantic')),
  fc.tuple(arbitraryArm('keyword')),
);

/** What a reader of an explanation would do with its numbers. */
function recompute({ arms }: FusionExplanation): number {
  const counted = arms.filter(({ leftOut }) => leftOut === null);
  const scaled = counted.map(({ countedScore, scale }) => {
    if (scale === null) return 0;
    const width = scale.high > scale.low ? scale.high - scale.low : 1;
    return 1 - (scale.high - countedScore) / width;
  });
  return scaled.reduce((sum, value) => sum + value, 0) / scaled.length;
}

describe('explainFusion', () => {
  test('gives parts that come to the score of every hit, whatever the arms found', () => {
    fc.assert(
      fc.property(arbitraryArms, fc.constantFrom('chunk' as const, 'document' as const), (arms, unit) => {
        const { hits } = fuseArms(arms, unit);
        const explained = explainFusion(arms, hits, unit);
        expect(explained.size).toBe(hits.length);
        for (const found of hits) {
          const key = keyOf(found, unit);
          const { score } = found;
          const explanation = explained.get(key);
          if (explanation === undefined) throw new Error(`${key} is not explained`);
          expect(explanation.fusedScore).toBeCloseTo(score, 10);
          expect(recompute(explanation)).toBeCloseTo(score, 10);
          for (const [index, { rank, score: raw, countedScore }] of explanation.arms.entries()) {
            const place = arms[index]?.hits.findIndex((other) => keyOf(other, unit) === key) ?? -1;
            expect(rank).toBe(place < 0 ? null : place + 1);
            expect(raw).toBe(place < 0 ? null : arms[index]?.hits[place]?.score);
            if (raw !== null && rank !== null && rank <= explanation.depth) expect(countedScore).toBe(raw);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('says which arm was left out, and why', () => {
    const flat = toArm(
      'keyword',
      Array.from({ length: 200 }, (_, number) => [number, 3] as const),
    );
    const semantic = toArm('semantic', [
      [1, 0.9],
      [2, 0.4],
    ]);
    const [first] = explainFusion([flat, semantic], [hit(1, 0)], 'chunk').values();
    expect(first?.arms.map(({ kind, leftOut }) => [kind, leftOut])).toEqual([
      ['keyword', 'flat'],
      ['semantic', null],
    ]);
    expect(first?.fusedScore).toBe(1);
    const [alone] = explainFusion([toArm('keyword', []), semantic], [hit(2, 0)], 'chunk').values();
    expect(alone?.arms[0]).toEqual({
      kind: 'keyword',
      score: null,
      rank: null,
      countedScore: 0,
      scale: null,
      scaledScore: 0,
      leftOut: 'empty',
    });
  });

  test('leaves out chunks that no arm has', () => {
    expect(explainFusion([toArm('keyword', [[1, 2]])], [hit(9, 0)], 'chunk').size).toBe(0);
  });
});
