export const collectionStatuses = ['NEEDS_SOURCE', 'ACTIVE', 'PARTIAL_ERROR', 'ERROR'] as const;
/** How the sources of a collection fare; computed at each read, never stored. */
export type CollectionStatus = (typeof collectionStatuses)[number];

/** Counts over a collection's source connections, those not yet authenticated left out. */
export interface ConnectionHealth {
  readonly authenticated: number;
  /** The latest job is completed, running or cancelling. */
  readonly working: number;
  /** The latest job failed. */
  readonly failing: number;
}

/** Connections that are neither working nor failing (no job, a waiting or a cancelled one) keep a collection from `ERROR` only. */
export function collectionStatus({ authenticated, working, failing }: ConnectionHealth): CollectionStatus {
  if (authenticated === 0) return 'NEEDS_SOURCE';
  if (failing === authenticated) return 'ERROR';
  if (failing > 0) return 'PARTIAL_ERROR';
  return working > 0 ? 'ACTIVE' : 'NEEDS_SOURCE';
}
