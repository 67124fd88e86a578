import { sql } from 'kysely';
import type { RateWindows } from '../../core/quotas/index.ts';
import type { Database } from './database.ts';

const idleForDays = 2;

/**
 * Sliding windows in the database, by the database's clock: one statement for each taking, which is a transaction of its own. The
 * row of the window makes those of several processes come one after the other; nothing of it is written ahead.
 */
export function createRateWindows(database: Database): RateWindows {
  return {
    async take(scope, key, { places, widthMs }) {
      const { rows } = await sql<{ is_taken: boolean; remaining: number; wait_ms: number | null }>`
        select is_taken, remaining, wait_ms from take_from_window(
          ${scope.organizationId}::uuid, ${key}, ${places}::integer, make_interval(secs => ${widthMs / 1000}::double precision))`.execute(
        database.scoped(scope),
      );
      const row = rows[0];
      if (row?.is_taken === true) return { isTaken: true, remaining: row.remaining };
      return { isTaken: false, waitMs: Math.max(0, row?.wait_ms ?? widthMs) };
    },
  };
}

/** Forgets windows that nobody has asked for in days, in all organisations. */
export async function dropIdleWindows(database: Database): Promise<void> {
  await sql`
    with idle as (
      delete from rate_windows where last_at < now() - make_interval(days => ${idleForDays})
      returning organization_id, key
    ) delete from rate_window_entries as entry using idle
      where entry.organization_id = idle.organization_id and entry.key = idle.key`.execute(database.system());
}
