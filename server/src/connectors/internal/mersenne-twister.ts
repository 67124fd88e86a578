const size = 624;
const period = 397;
const upperMask = 0x8000_0000;
const lowerMask = 0x7fff_ffff;

/** A reproducible source of numbers: equal seeds give equal sequences on every machine. */
export interface RandomNumbers {
  /** Uniform in [0, 1) with 53 bits. */
  next(): number;
  /** A whole number from `min` to `max`, both possible. */
  between(min: number, max: number): number;
  pick<T>(choices: readonly T[]): T;
}

/**
 * MT19937 seeded by array and read with 53 bits, as Python's `random.Random(seed).random()` does, so that what it decides
 * can be compared with other implementations.
 *
 * @param seed one or several whole numbers; of each the absolute value counts, up to 2^53
 * @see Matsumoto, Nishimura, ACM TOMACS 1998
 */
export function createRandomNumbers(...seed: readonly number[]): RandomNumbers {
  const state = seedByArray(seed.flatMap(toWords));
  let index = size;

  function nextWord(): number {
    if (index === size) {
      twist(state);
      index = 0;
    }
    let word = state[index++] ?? 0;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c_5680;
    word ^= (word << 15) & 0xefc6_0000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  function next(): number {
    const high = nextWord() >>> 5;
    const low = nextWord() >>> 6;
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000;
  }

  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));

  function pick<T>(choices: readonly T[]): T {
    const choice = choices[between(0, choices.length - 1)];
    if (choice === undefined) throw new RangeError('There is nothing to pick from.');
    return choice;
  }

  return { next, between, pick };
}

/** The 32-bit words of a number, least significant first. */
function toWords(seed: number): readonly number[] {
  const value = Math.abs(seed);
  const high = Math.floor(value / 0x1_0000_0000);
  return high === 0 ? [value >>> 0] : [value % 0x1_0000_0000, high];
}

function seedByArray(key: readonly number[]): Uint32Array {
  const state = new Uint32Array(size);
  state[0] = 19_650_218;
  for (let i = 1; i < size; i++) state[i] = Math.imul(1_812_433_253, mixed(state, i)) + i;
  let i = 1;
  const advance = (word: number) => {
    state[i] = word;
    i += 1;
    if (i < size) return;
    state[0] = state[size - 1] ?? 0;
    i = 1;
  };
  for (let step = 0; step < Math.max(size, key.length); step++) {
    const j = step % key.length;
    advance(((state[i] ?? 0) ^ Math.imul(mixed(state, i), 1_664_525)) + (key[j] ?? 0) + j);
  }
  for (let step = 1; step < size; step++) {
    advance(((state[i] ?? 0) ^ Math.imul(mixed(state, i), 1_566_083_941)) - i);
  }
  state[0] = upperMask;
  return state;
}

function mixed(state: Uint32Array, index: number): number {
  const previous = state[index - 1] ?? 0;
  return previous ^ (previous >>> 30);
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < size; i++) {
    const joined = ((state[i] ?? 0) & upperMask) | ((state[(i + 1) % size] ?? 0) & lowerMask);
    const word = (state[(i + period) % size] ?? 0) ^ (joined >>> 1);
    state[i] = joined & 1 ? word ^ 0x9908_b0df : word;
  }
}
