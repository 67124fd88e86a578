import type { OrganizationId } from '../shared/index.ts';
import { type Logger, Scope, toMessage } from '../shared/index.ts';
import type { CountedUse, QuotaStore, Quotas } from './quotas.ts';
import { RememberedQuotas } from './remembered-quotas.ts';
import { checkAgainst, limitOf, monthOf, refuse, requireAllowed, type UsageAction, type UsageCheck } from './usage.ts';

const flushEveryMs = 1_000;
/** How long a stop waits for the last counts to be written. */
const closeWithinMs = 3_000;

export interface UsageMeterOptions {
  readonly store: QuotaStore;
  readonly logger: Logger;
  readonly now?: () => Date;
}

/**
 * Counts searches and tokens in memory and writes the sums once a second, so that no search waits for it. A process that is
 * killed loses the counts of its last second; while the database is away, they add up.
 */
export class UsageMeter {
  readonly #options: UsageMeterOptions;
  readonly #quotas: RememberedQuotas;
  /** By organisation. */
  #counts = new Map<OrganizationId, CountedUse>();
  /** Being written now; counts until it is. */
  #writing = new Map<OrganizationId, CountedUse>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(options: UsageMeterOptions) {
    this.#options = options;
    this.#quotas = new RememberedQuotas(options.store);
  }

  /** Takes no time and never throws. */
  count(scope: Scope, use: CountedUse): void {
    if (use.queries === 0 && use.tokens === 0) return;
    this.#counts.set(scope.organizationId, sum(this.#counts.get(scope.organizationId), use));
    this.#timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
  }

  /** The limits in force, at most 5 s old. */
  readQuotas(scope: Scope): Promise<Quotas> {
    return this.#quotas.read(scope);
  }

  /** To be called when an organisation's limits were changed. */
  forgetQuotas(scope: Scope): void {
    this.#quotas.forget(scope);
  }

  /**
   * Where nothing limits the action, no usage is read. Beside other processes the answer may be a second behind.
   *
   * @param amount how much more is wanted
   */
  async check(scope: Scope, action: UsageAction, amount = 1): Promise<UsageCheck> {
    const quotas = await this.#quotas.read(scope);
    if (limitOf(quotas, action) === null) return { isAllowed: true };
    const stored = await this.#options.store.readMonth(scope, monthOf(this.#now()));
    const waiting = sum(this.#counts.get(scope.organizationId), this.#writing.get(scope.organizationId));
    return checkAgainst(quotas, { ...stored, ...sum(stored, waiting) }, action, amount);
  }

  /**
   * To be called before a search: counts it, whatever comes of it. Where a limit holds, in the database, and then exactly.
   *
   * @throws AppError('invalid_request') when the searches of this month are used up
   */
  async takeQuery(scope: Scope): Promise<void> {
    const quotas = await this.#quotas.read(scope);
    if (quotas.queries === null) return this.count(scope, { queries: 1, tokens: 0 });
    const queries = await this.#options.store.takeQuery(scope, monthOf(this.#now()), quotas.queries);
    if (queries !== null) requireAllowed(refuse('queries', queries, quotas.queries));
  }

  /** @throws AppError('invalid_request') when the action is used up */
  async require(scope: Scope, action: UsageAction): Promise<void> {
    requireAllowed(await this.check(scope, action));
  }

  /** Writes what was counted. Never throws: what cannot be written is tried again. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  /** Writes what was counted, for at most 3 s. May be called twice. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeWithinMs);
    });
    const flushTwice = async () => {
      await this.flush();
      await this.flush();
    };
    await Promise.race([flushTwice(), late]).finally(() => clearTimeout(timer));
    clearTimeout(this.#timer);
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  async #writeAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#counts;
    this.#counts = new Map();
    const month = monthOf(this.#now());
    for (const [organizationId, use] of this.#writing) {
      try {
        await this.#options.store.addToMonth(new Scope(organizationId), month, use);
      } catch (error) {
        this.#options.logger.warn({ err: error, reason: toMessage(error) }, 'usage was not written; trying again');
        this.#counts.set(organizationId, sum(this.#counts.get(organizationId), use));
      }
      this.#writing.delete(organizationId);
    }
    if (this.#counts.size > 0) this.#timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
  }
}

function sum(a: CountedUse | undefined, b: CountedUse | undefined): CountedUse {
  return { queries: (a?.queries ?? 0) + (b?.queries ?? 0), tokens: (a?.tokens ?? 0) + (b?.tokens ?? 0) };
}
