import type { Caller } from '../access/index.ts';
import { AppError, isAppError, newId, type SourceConnectionId, SyncJobId } from '../shared/index.ts';
import { nextRuns, nextStartAt, parseCron, requireTimeZone } from '../sync/index.ts';
import { type ConnectionDependencies, getConnection } from './connections.ts';
import type { ConnectionSync, SourceConnection } from './source-connection.ts';

type Dependencies = Pick<ConnectionDependencies, 'connections'>;

/** Stops the schedule until `resumeConnection`. A run that is under way goes on. @throws AppError('not_found') */
export async function pauseConnection(
  dependencies: Dependencies,
  caller: Caller,
  id: SourceConnectionId,
): Promise<SourceConnection> {
  await getSync(dependencies, caller, id);
  await dependencies.connections.pause(caller.scope, id);
  return getConnection(dependencies, caller, id);
}

/** @throws AppError('not_found'), or 'conflict' when refused credentials have to be renewed first */
export async function resumeConnection(
  dependencies: Dependencies,
  caller: Caller,
  id: SourceConnectionId,
): Promise<SourceConnection> {
  const { authMethod } = await getConnection(dependencies, caller, id);
  const { id: syncId, cron, timeZone, pausedBy } = await getSync(dependencies, caller, id);
  // What an auth provider keeps is put right there; nobody but a person can tell us.
  if (pausedBy === 'credentials' && authMethod !== 'auth_provider') {
    throw new AppError('conflict', 'The source refused the stored credentials. Give new ones: that resumes the sync.');
  }
  await dependencies.connections.resume(
    caller.scope,
    id,
    cron === null ? null : nextStartAt({ cron, timeZone }, new Date(), syncId),
  );
  return getConnection(dependencies, caller, id);
}

/**
 * Lets the deletions that a full run held through, by another full run that begins at once (where the sync is paused: with
 * the next). Only what that one does not see either is deleted, and not if it misses more than the held run did.
 *
 * @throws AppError('not_found'), or 'conflict' when none are held
 */
export async function confirmDeletions(
  dependencies: Dependencies,
  caller: Caller,
  id: SourceConnectionId,
): Promise<SourceConnection> {
  const sync = await decide(dependencies, caller, id, 'confirm');
  if (sync.status === 'active') {
    await dependencies.connections
      .startJob(caller.scope, sync.id, { id: newId(SyncJobId), trigger: 'manual', forceFull: true })
      .catch((error: unknown) => {
        // A run is under way; the one after it carries the decision out, and reads everything for it.
        if (!isAppError(error, 'invalid_request')) throw error;
      });
  }
  return getConnection(dependencies, caller, id);
}

/** Keeps the documents; a later full run that misses them asks again. @throws as `confirmDeletions` */
export async function rejectDeletions(
  dependencies: Dependencies,
  caller: Caller,
  id: SourceConnectionId,
): Promise<SourceConnection> {
  await decide(dependencies, caller, id, 'reject');
  return getConnection(dependencies, caller, id);
}

/** @throws AppError('unprocessable') for a malformed expression or an unknown time zone */
export function previewSchedule(
  schedule: { readonly cron: string; readonly timeZone: string },
  now: Date,
  count: number,
): readonly Date[] {
  requireTimeZone(schedule.timeZone);
  parseCron(schedule.cron, schedule.timeZone);
  return nextRuns(schedule, now, count);
}

async function decide(
  dependencies: Dependencies,
  caller: Caller,
  id: SourceConnectionId,
  decision: 'confirm' | 'reject',
): Promise<ConnectionSync> {
  const sync = await getSync(dependencies, caller, id);
  if (!(await dependencies.connections.decideDeletions(caller.scope, id, decision))) {
    throw new AppError('conflict', 'No deletions of this source connection wait for a decision.');
  }
  return sync;
}

async function getSync(dependencies: Dependencies, caller: Caller, id: SourceConnectionId): Promise<ConnectionSync> {
  const { sync } = await getConnection(dependencies, caller, id);
  if (sync === null) throw new AppError('not_found', 'This source connection has no sync');
  return sync;
}
