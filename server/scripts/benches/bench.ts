export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The promise, as in the design's table: at most, or at least. */
  readonly budget?: { readonly kind: 'most' | 'least'; readonly value: number };
  /** The bare engine, encoder or server in the same run. */
  readonly reference?: { readonly name: string; readonly value: number };
}

export interface Bench {
  readonly name: string;
  /**
   * @param options.documents how large; absent: the bench's own size
   * @param options.searchUrl of an OpenSearch cluster; absent: what needs one gives nothing
   */
  run(options: { readonly documents?: number; readonly searchUrl?: string }): Promise<readonly Measurement[]>;
}

/** The value below which the given share of the sorted values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Calls per second with `clients` at it for `seconds`, after a warm-up of a fifth of that. */
export async function throughput(clients: number, seconds: number, call: () => Promise<void>): Promise<number> {
  const runFor = async (ms: number): Promise<number> => {
    const until = performance.now() + ms;
    let count = 0;
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (performance.now() < until) {
          await call();
          count += 1;
        }
      }),
    );
    return count;
  };
  await runFor(seconds * 200);
  return (await runFor(seconds * 1_000)) / seconds;
}

/** Words of made-up text, the same for the same seed; frequent and rare ones as in real text. */
export function createTextSource(seed: number): (words: number) => string {
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return (words) =>
    Array.from(
      { length: words },
      () => `w${Math.floor(30_000 * random() ** 3).toString(36)}${random() < 0.08 ? '.' : ''}`,
    ).join(' ');
}
