import type { Logger, Scope } from '../shared/index.ts';
import type { QuotaStore } from './quotas.ts';
import { RememberedQuotas } from './remembered-quotas.ts';

/** A place in a sliding window, or when there is one. */
export type TakenPlace =
  | { readonly isTaken: true; readonly remaining: number }
  | { readonly isTaken: false; readonly waitMs: number };

/**
 * The port to sliding windows that all processes share: in no stretch of `widthMs` are more than `places` taken, however many ask
 * at once. Implementation: `adapters/postgres/rate-windows.ts`.
 */
export interface RateWindows {
  /** @param key what is limited, within the organisation */
  take(scope: Scope, key: string, window: { readonly places: number; readonly widthMs: number }): Promise<TakenPlace>;
}

/** `uncounted`: nothing limits it; `unknown`: it could not be counted, and is let through. */
export type RequestAdmission =
  | { readonly kind: 'uncounted' | 'unknown' }
  | { readonly kind: 'counted'; readonly limit: number; readonly remaining: number }
  | { readonly kind: 'refused'; readonly limit: number; readonly waitMs: number };

export interface RequestLimiterOptions {
  readonly store: Pick<QuotaStore, 'readQuotas'>;
  readonly windows: RateWindows;
  readonly logger: Logger;
}

const widthMs = 60_000;
/** A refusal holds until a place is free, for every process; it is believed no longer, so that a raised limit is seen. */
const maxBelievedMs = 1_000;
const maxRefusals = 10_000;

/**
 * Counts an organisation's requests where they are limited: one statement each. Without a limit nothing is counted, and what is
 * refused over and over asks the database once a second.
 */
export class RequestLimiter {
  readonly #options: RequestLimiterOptions;
  readonly #quotas: RememberedQuotas;
  readonly #refusals = new Map<string, { readonly limit: number; readonly at: number; readonly waitMs: number }>();

  constructor(options: RequestLimiterOptions) {
    this.#options = options;
    this.#quotas = new RememberedQuotas(options.store);
  }

  /** Never throws: a limit that cannot be counted stops nobody. */
  async admit(scope: Scope): Promise<RequestAdmission> {
    try {
      const limit = (await this.#quotas.read(scope)).requestsPerMinute;
      if (limit === null) return { kind: 'uncounted' };
      const refused = this.#findRefusal(scope, limit);
      if (refused !== undefined) return refused;
      const taken = await this.#options.windows.take(scope, 'requests', { places: limit, widthMs });
      if (taken.isTaken) return { kind: 'counted', limit, remaining: taken.remaining };
      this.#believe(scope, limit, taken.waitMs);
      return { kind: 'refused', limit, waitMs: taken.waitMs };
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'a request could not be counted and was let through');
      return { kind: 'unknown' };
    }
  }

  /** To be called when an organisation's limits were changed. */
  forgetQuotas(scope: Scope): void {
    this.#quotas.forget(scope);
    this.#refusals.delete(scope.organizationId);
  }

  #believe(scope: Scope, limit: number, waitMs: number): void {
    if (this.#refusals.size >= maxRefusals) this.#refusals.clear();
    this.#refusals.set(scope.organizationId, { limit, at: performance.now(), waitMs });
  }

  #findRefusal(scope: Scope, limit: number): RequestAdmission | undefined {
    const refusal = this.#refusals.get(scope.organizationId);
    if (refusal === undefined) return undefined;
    const passedMs = performance.now() - refusal.at;
    if (refusal.limit !== limit || passedMs >= Math.min(refusal.waitMs, maxBelievedMs)) {
      this.#refusals.delete(scope.organizationId);
      return undefined;
    }
    return { kind: 'refused', limit, waitMs: refusal.waitMs - passedMs };
  }
}
