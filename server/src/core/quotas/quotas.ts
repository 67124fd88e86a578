import { AppError, type Scope } from '../shared/index.ts';

/** What one organisation may use; null: unlimited. */
export interface Quotas {
  /** Indexed, failed and excluded ones of all its collections. */
  readonly documents: number | null;
  /** Bytes of the documents as their sources gave them. */
  readonly storageBytes: number | null;
  /** Runs of sources at once; more wait. Pushed documents are not held up. */
  readonly parallelSyncs: number | null;
  /** Documents that syncs write in a month, new and changed ones. */
  readonly entities: number | null;
  /** Searches in a month, but for those in rounds. */
  readonly queries: number | null;
  /** Of language models, read and written, in a month. */
  readonly tokens: number | null;
  readonly sourceConnections: number | null;
  readonly teamMembers: number | null;
  /** Of API keys, all together, in any 60 s. */
  readonly requestsPerMinute: number | null;
}

export const unlimited: Quotas = {
  documents: null,
  storageBytes: null,
  parallelSyncs: null,
  entities: null,
  queries: null,
  tokens: null,
  sourceConnections: null,
  teamMembers: null,
  requestsPerMinute: null,
};

export interface Usage {
  readonly documents: number;
  readonly storageBytes: number;
}

/** The port to what organisations may use and do use. */
export interface QuotaStore {
  /** `usage` counts pushed documents that wait still, and is zero where nothing limits it. */
  read(scope: Scope): Promise<{ readonly quotas: Quotas; readonly usage: Usage }>;
  /** What is in force: the organisation's own, or the server's. */
  readQuotas(scope: Scope): Promise<Quotas>;
  /** @param quotas null: the server's from now on */
  replaceQuotas(scope: Scope, quotas: Quotas | null): Promise<void>;
  /** @param month its first moment, in UTC. Runs under way count in the month that is now. */
  readMonth(scope: Scope, month: Date): Promise<MonthlyUsage>;
  /** All months in which something was counted, the latest first. */
  listMonths(scope: Scope): Promise<readonly MonthlyCounts[]>;
  /**
   * Counts one search more in a month, if with it there are no more than `limit`; exact however many ask at once.
   * @returns null: it is counted; otherwise how many there are
   */
  takeQuery(scope: Scope, month: Date, limit: number): Promise<number | null>;
  /** Adds to what was counted in a month. */
  addToMonth(scope: Scope, month: Date, counts: CountedUse): Promise<void>;
}

/** What is counted when it happens. */
export interface CountedUse {
  readonly queries: number;
  readonly tokens: number;
}

export interface MonthlyCounts extends CountedUse {
  /** Its first moment, in UTC. */
  readonly month: Date;
  readonly entities: number;
}

/** What is counted in a month, and what there is. */
export interface MonthlyUsage extends Omit<MonthlyCounts, 'month'> {
  readonly sourceConnections: number;
  readonly teamMembers: number;
}

/**
 * For work that brings documents of unknown number: refused at the limit, before it begins.
 *
 * @throws AppError('invalid_request') that names the limit, the figure and the fix
 */
export async function requireRoom(store: QuotaStore, scope: Scope): Promise<void> {
  const { quotas, usage } = await store.read(scope);
  refuseAbove(quotas, { documents: usage.documents + 1, storageBytes: usage.storageBytes + 1 }, usage);
}

/**
 * For documents that are at hand.
 *
 * @param added what would come on top of what is there
 * @throws as `requireRoom`
 */
export async function requireRoomFor(store: QuotaStore, scope: Scope, added: Usage): Promise<void> {
  const { quotas, usage } = await store.read(scope);
  const after = {
    documents: added.documents > 0 ? usage.documents + added.documents : 0,
    storageBytes: added.storageBytes > 0 ? usage.storageBytes + added.storageBytes : 0,
  };
  refuseAbove(quotas, after, usage);
}

/**
 * @param after what the organisation would use; zero where nothing is added
 * @throws as `requireRoom`
 */
export function refuseAbove(quotas: Quotas, after: Usage, before: Usage): void {
  const fix = 'Delete documents or source connections that are not needed, or have the limit raised';
  if (quotas.documents !== null && after.documents > quotas.documents) {
    throw new AppError(
      'invalid_request',
      `The organisation's limit of ${quotas.documents} documents is reached: it has ${before.documents}. ${fix} (QUOTA_DOCUMENTS).`,
    );
  }
  if (quotas.storageBytes !== null && after.storageBytes > quotas.storageBytes) {
    throw new AppError(
      'invalid_request',
      `The organisation's limit of ${quotas.storageBytes} bytes of documents is reached: it has ${before.storageBytes}. ${fix} (QUOTA_STORAGE_BYTES).`,
    );
  }
}
