import { sql } from 'kysely';
import type { Scope, SyncJobId } from '../../core/shared/index.ts';
import { type LogLine, maxLogLines } from '../../core/sync/index.ts';
import type { Queries } from './database.ts';
import { toStorableJson } from './storable-json.ts';

/** Adds lines to a job's log and removes its oldest beyond the limit. A job that is gone takes none. */
export async function appendLogLines(
  queries: Queries,
  job: { readonly id: SyncJobId; readonly scope: Scope },
  lines: readonly LogLine[],
): Promise<void> {
  if (lines.length === 0) return;
  const { organizationId } = job.scope;
  await sql`
    insert into sync_job_logs (organization_id, sync_job_id, at, level, message, entity)
    select job.organization_id, job.id, line.at, line.level, line.message, line.entity
    from sync_jobs job, jsonb_to_recordset(${toStorableJson(lines)}::jsonb) as line(at timestamptz, level text, message text, entity text)
    where job.id = ${job.id} and job.organization_id = ${organizationId}`.execute(queries);
  await sql`
    delete from sync_job_logs where sync_job_id = ${job.id} and organization_id = ${organizationId} and id <= (
      select id from sync_job_logs where sync_job_id = ${job.id} order by id desc offset ${maxLogLines} limit 1
    )`.execute(queries);
}

/** Oldest first. */
export async function readLogLines(queries: Queries, scope: Scope, jobId: SyncJobId): Promise<readonly LogLine[]> {
  return queries
    .selectFrom('sync_job_logs')
    .select(['at', 'level', 'message', 'entity'])
    .where('organization_id', '=', scope.organizationId)
    .where('sync_job_id', '=', jobId)
    .orderBy('id')
    .limit(maxLogLines)
    .execute();
}
