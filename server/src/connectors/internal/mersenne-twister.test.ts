import { describe, expect, it } from 'vitest';
import { createRandomNumbers } from './mersenne-twister.ts';

describe('MT19937', () => {
  it.each([
    [42, 0.6394267984578837],
    [43, 0.038551839337380045],
    [44, 0.40853587925449375],
    [45, 0.2718754143840908],
  ])('seeded with %d first draws %d', (seed, first) => {
    expect(createRandomNumbers(seed).next()).toBe(first);
  });

  it('gives the same sequence beyond the first block of its state', () => {
    const draws = (seed: number) => {
      const random = createRandomNumbers(seed);
      return Array.from({ length: 2_000 }, () => random.next());
    };
    expect(draws(7)).toEqual(draws(7));
    expect(new Set(draws(7)).size).toBe(2_000);
    expect(draws(7)).not.toEqual(draws(8));
  });

  it('takes negative and very large seeds', () => {
    expect(createRandomNumbers(-42).next()).toBe(createRandomNumbers(42).next());
    expect(createRandomNumbers(2 ** 40).next()).not.toBe(createRandomNumbers(0).next());
  });

  it('draws whole numbers from the whole range', () => {
    const random = createRandomNumbers(1, 2);
    const drawn = new Set(Array.from({ length: 200 }, () => random.between(3, 5)));
    expect([...drawn].sort()).toEqual([3, 4, 5]);
  });
});
