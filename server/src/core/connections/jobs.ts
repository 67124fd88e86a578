import type { Caller } from '../access/index.ts';
import { AppError, isAppError, type SourceConnectionId, type SyncJobId } from '../shared/index.ts';
import type { LogLine, SyncJob } from '../sync/index.ts';
import { type ConnectionDependencies, getConnection } from './connections.ts';

type Dependencies = Pick<ConnectionDependencies, 'connections'>;

/**
 * A job of any connection that the caller may see.
 *
 * @throws AppError('not_found'), also for a job of another organisation and of a collection the caller's key is kept from
 */
export async function getJob(dependencies: Dependencies, caller: Caller, jobId: SyncJobId): Promise<SyncJob> {
  const job = await dependencies.connections.findJob(caller.scope, jobId);
  if (job === undefined) throw jobNotFound();
  await getConnection(dependencies, caller, job.sourceConnectionId).catch((error: unknown) => {
    throw isAppError(error, 'not_found') ? jobNotFound() : error;
  });
  return job;
}

/** @throws AppError('not_found'), also for a job of another connection */
export async function getConnectionJob(
  dependencies: Dependencies,
  caller: Caller,
  id: SourceConnectionId,
  jobId: SyncJobId,
): Promise<SyncJob> {
  await getConnection(dependencies, caller, id);
  const job = await dependencies.connections.findJob(caller.scope, jobId);
  if (job?.sourceConnectionId !== id) throw jobNotFound();
  return job;
}

/** The newest lines of a job's log, oldest first. @throws as `getConnectionJob` */
export async function readJobLog(
  dependencies: Dependencies,
  caller: Caller,
  id: SourceConnectionId,
  jobId: SyncJobId,
): Promise<readonly LogLine[]> {
  await getConnectionJob(dependencies, caller, id, jobId);
  return dependencies.connections.readJobLog(caller.scope, jobId);
}

function jobNotFound(): AppError {
  return new AppError('not_found', 'Sync job not found');
}
