import type { CollectionId, Scope, SourceConnectionId } from '../../shared/index.ts';

/** How far a source connection's documents lag behind its source. */
export interface SourceFreshness {
  readonly connectionId: SourceConnectionId;
  /** As its owner named it. */
  readonly name: string;
  readonly sourceName: string;
  /** `never_synced`: nothing was read yet. `failing`: the last run ended with an error; what was read before is searched. */
  readonly status: 'never_synced' | 'syncing' | 'current' | 'failing' | 'paused';
  /** When a sync last ended well; null: never. */
  readonly lastSyncedAt: Date | null;
  /** When the run that ended well began: what the source changed later may be missing. */
  readonly currentAsOf: Date | null;
  /** The newest run's end, well or not. */
  readonly lastEndedAt: Date | null;
  readonly isRunning: boolean;
  /** The next run by schedule; null where there is none. */
  readonly nextRunAt: Date | null;
  /** The source reports its changes itself. */
  readonly isContinuous: boolean;
}

/** The port to what syncs have done. Implementation: `adapters/postgres/freshness-store.ts`. */
export interface FreshnessStore {
  /** Every connection of the collection that is not being deleted, at most 1,000, by name, then id. */
  listFreshness(scope: Scope, collectionId: CollectionId): Promise<readonly SourceFreshness[]>;
}

/** Seconds since the source was read last; null when it never was. Never negative, whatever the clocks say. */
export function ageSecondsOf({ currentAsOf }: SourceFreshness, now: Date): number | null {
  return currentAsOf === null ? null : Math.max(0, Math.round((now.getTime() - currentAsOf.getTime()) / 1000));
}
