import { AppError, type Scope } from '../shared/index.ts';

/** What one organisation may use; null: unlimited. */
export interface Quotas {
  /** Indexed, failed and excluded ones of all its collections. */
  readonly documents: number | null;
  /** Bytes of the documents as their sources gave them. */
  readonly storageBytes: number | null;
  /** Runs of sources at once; more wait. Pushed documents are not held up. */
  readonly parallelSyncs: number | null;
}

export const unlimited: Quotas = { documents: null, storageBytes: null, parallelSyncs: null };

export interface Usage {
  readonly documents: number;
  readonly storageBytes: number;
}

/** The port to what organisations may use and do use. */
export interface QuotaStore {
  /** `usage` counts pushed documents that wait still, and is zero where nothing limits it. */
  read(scope: Scope): Promise<{ readonly quotas: Quotas; readonly usage: Usage }>;
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
