import type { Scope } from '../shared/index.ts';
import type { QuotaStore, Quotas } from './quotas.ts';

const forMs = 5_000;
const maxOrganizations = 10_000;

/** Limits as they were at most 5 s ago, for what asks at every request. */
export class RememberedQuotas {
  readonly #store: Pick<QuotaStore, 'readQuotas'>;
  readonly #known = new Map<string, { readonly quotas: Promise<Quotas>; readonly until: number }>();

  constructor(store: Pick<QuotaStore, 'readQuotas'>) {
    this.#store = store;
  }

  /** @throws what the store throws; that is not remembered */
  read(scope: Scope): Promise<Quotas> {
    const known = this.#known.get(scope.organizationId);
    if (known !== undefined && known.until > performance.now()) return known.quotas;
    if (this.#known.size >= maxOrganizations) this.#known.clear();
    const quotas = this.#store.readQuotas(scope);
    quotas.catch(() => this.forget(scope));
    this.#known.set(scope.organizationId, { quotas, until: performance.now() + forMs });
    return quotas;
  }

  forget(scope: Scope): void {
    this.#known.delete(scope.organizationId);
  }
}
