import type { ProgressSnapshot } from '../../core/sync/index.ts';

/** How far a run is, as columns of its job. */
export function progressColumns(progress: ProgressSnapshot) {
  return {
    phase: progress.phase,
    current_scope: progress.scope?.replaceAll('\0', '') ?? null,
    rate: progress.rate,
    remaining: progress.remaining,
    bytes_read: progress.bytesRead,
    api_calls: progress.apiCalls,
    retries: progress.retries,
  };
}

/** What is meaningless once a run is over. */
export const noProgress = { phase: null, current_scope: null, rate: null, remaining: null } as const;
