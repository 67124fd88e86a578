import type { BreakerState } from '../../core/language-models/index.ts';

/** How a call that the breaker let through ended. `abandoned`: the caller went away, which says nothing. */
export type Passage = (outcome: 'answered' | 'failed' | 'abandoned', opensForMs?: number) => void;

const failuresToOpen = 3;
const firstOpenMs = 30_000;
const maxOpenMs = 300_000;

/**
 * Keeps calls from a model that fails, so that searches do not wait for it one after the other.
 *
 * Closed, it lets everything through; three failures in a row open it for 30 s. Then one call probes while others are
 * still kept away: an answer closes it, a failure opens it for twice as long as before, up to five minutes.
 */
export class CircuitBreaker {
  readonly #now: () => number;
  #failures = 0;
  #openMs = firstOpenMs;
  #opensUntil: number | undefined;
  #isProbing = false;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  get state(): BreakerState {
    if (this.#opensUntil === undefined) return 'closed';
    return this.#now() < this.#opensUntil ? 'open' : 'half_open';
  }

  get opensUntil(): Date | null {
    return this.#opensUntil === undefined ? null : new Date(this.#opensUntil);
  }

  /** Whether `enter` without force would let a call through. */
  get isPassable(): boolean {
    return this.state === 'closed' || (this.state === 'half_open' && !this.#isProbing);
  }

  /** Begins a call. The caller asks `isPassable` before, or goes in regardless, when nothing else is left to try. */
  enter(): Passage {
    const isProbe = this.state === 'half_open' && !this.#isProbing;
    if (isProbe) this.#isProbing = true;
    let isOver = false;
    return (outcome, opensForMs) => {
      if (isOver) return;
      isOver = true;
      if (isProbe) this.#isProbing = false;
      if (outcome === 'answered') this.#close();
      else if (outcome === 'failed') this.#fail(isProbe, opensForMs);
    };
  }

  #close(): void {
    this.#failures = 0;
    this.#openMs = firstOpenMs;
    this.#opensUntil = undefined;
  }

  #fail(isProbe: boolean, opensForMs: number | undefined): void {
    this.#failures += 1;
    if (opensForMs !== undefined) {
      this.#opensUntil = this.#now() + Math.min(opensForMs, maxOpenMs);
    } else if (isProbe) {
      this.#openMs = Math.min(this.#openMs * 2, maxOpenMs);
      this.#opensUntil = this.#now() + this.#openMs;
    } else if (this.#failures >= failuresToOpen && this.#opensUntil === undefined) {
      this.#opensUntil = this.#now() + this.#openMs;
    }
  }
}
