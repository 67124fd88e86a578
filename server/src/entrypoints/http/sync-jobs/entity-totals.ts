import type { EntityCount } from '../../../core/connections/index.ts';
import type { Scope, SourceConnectionId } from '../../../core/shared/index.ts';

const leastMs = 900;
/** Counting may take this part of the time. */
const share = 1 / 20;

interface Counted {
  readonly counts: Promise<readonly EntityCount[]>;
  /** By `performance.now()`. */
  freshUntil: number;
}

/**
 * Documents by type, counted once for all who ask: a large connection takes long to count, and the longer, the less often it
 * is done.
 */
export class EntityTotals {
  readonly #count: (scope: Scope, id: SourceConnectionId) => Promise<readonly EntityCount[]>;
  readonly #byConnection = new Map<SourceConnectionId, Counted>();

  constructor(count: (scope: Scope, id: SourceConnectionId) => Promise<readonly EntityCount[]>) {
    this.#count = count;
  }

  /** @param options.isFinal nothing changes any more: what was counted before does not do */
  async count(
    scope: Scope,
    id: SourceConnectionId,
    options: { readonly isFinal: boolean },
  ): Promise<readonly EntityCount[]> {
    const known = this.#byConnection.get(id);
    if (known !== undefined && !options.isFinal && performance.now() < known.freshUntil) return known.counts;
    this.#forgetOld();
    const startedAt = performance.now();
    const counted: Counted = { counts: this.#count(scope, id), freshUntil: Number.POSITIVE_INFINITY };
    if (!options.isFinal) this.#byConnection.set(id, counted);
    try {
      return await counted.counts;
    } finally {
      const now = performance.now();
      counted.freshUntil = now + Math.max(leastMs, (now - startedAt) / share);
    }
  }

  #forgetOld(): void {
    const now = performance.now();
    for (const [id, { freshUntil }] of this.#byConnection) if (freshUntil < now) this.#byConnection.delete(id);
  }
}
