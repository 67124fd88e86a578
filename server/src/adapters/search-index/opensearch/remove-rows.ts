import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { backOffMs, type Cluster, limitsMs } from './cluster.ts';
import { unavailable } from './cluster-errors.ts';
import type { Query } from './query.ts';

/** Removed by one request, which bounds its time. */
const rowsPerRequest = 5_000;
const maxAttempts = 20;

const Answer = z.object({
  deleted: z.number(),
  version_conflicts: z.number(),
  failures: z.array(z.unknown()).default([]),
});

/**
 * Removes the rows that match, and no row that was written since it matched: the engine removes a row only in the state in
 * which it was found. Such rows are looked at again.
 *
 * @param index may be a pattern, and match none
 */
export async function removeRows(cluster: Cluster, index: string, routing: string, query: Query): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; ) {
    const answer = await cluster.find(Answer, {
      method: 'POST',
      path: `/${index}/_delete_by_query`,
      query: {
        ...{ routing, conflicts: 'proceed', refresh: true, max_docs: rowsPerRequest, scroll_size: 2000 },
        ...{ ignore_unavailable: true, filter_path: 'deleted,version_conflicts,failures.status' },
      },
      body: { query },
      what: 'remove',
      limits: limitsMs.removal,
    });
    if (answer === undefined) return;
    const { deleted, version_conflicts: conflicts, failures } = answer;
    if (conflicts === 0 && failures.length === 0 && deleted < rowsPerRequest) return;
    if (deleted > 0) attempt = 0;
    else await sleep(backOffMs(attempt++));
  }
  throw unavailable('did not remove all rows (others changed them, or it is recovering). Try again.');
}
