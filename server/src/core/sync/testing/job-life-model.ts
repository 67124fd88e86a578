import { sql } from 'kysely';
import { expect } from 'vitest';
import type { SyncFixture } from '../../../../test/sync-fixture.ts';
import type { SourceConnection } from '../../connections/index.ts';
import { activeJobStatuses, type JobStatus, jobMoves } from '../sync-job.ts';
import type { ClaimedJob } from '../sync-store.ts';

export type Worker = 'A' | 'B';
export const workers: readonly Worker[] = ['A', 'B'];
export const leaseMs = 60_000;

export interface ModelJob {
  status: JobStatus;
  /** The claim that holds the lease. */
  holder: number | null;
  lease: 'none' | 'live' | 'expired';
  isParked: boolean;
  pages: number;
  wasCancelled: boolean;
}

/** What should be so of the jobs of one connection. */
export interface Model {
  readonly jobs: ModelJob[];
  /** Position in `jobs`, per claim. */
  readonly claims: number[];
  isDeleted: boolean;
}

/** What is so: the claims that workers hold, or believe to hold. */
export interface Real {
  readonly fixture: SyncFixture;
  readonly connection: SourceConnection;
  readonly claims: { readonly worker: Worker; readonly job: ClaimedJob }[];
}

export const activeJob = ({ jobs }: Model): ModelJob | undefined =>
  jobs.find(({ status }) => activeJobStatuses.some((active) => active === status));

export const syncIdOf = ({ connection }: Real) => {
  if (connection.sync === null) throw new Error('the connection has no sync');
  return connection.sync.id;
};

export function isClaimable(job: ModelJob): boolean {
  if (job.status === 'pending') return true;
  return job.lease === 'expired' && (!job.isParked || job.status === 'cancelling');
}

export const newJob = (): ModelJob => ({
  status: 'pending',
  holder: null,
  lease: 'none',
  isParked: false,
  pages: 0,
  wasCancelled: false,
});

export function endJob(job: ModelJob, status: JobStatus): void {
  Object.assign(job, { status, holder: null, lease: 'none', isParked: false });
}

interface JobRow {
  readonly id: string;
  readonly status: JobStatus;
  readonly pages: number;
}

export async function listJobs(real: Real): Promise<readonly JobRow[]> {
  const { rows } = await sql<JobRow>`select id, status, entities_inserted as pages from sync_jobs
    where sync_id = ${syncIdOf(real)} order by created_at, id`.execute(real.fixture.database.system());
  return rows;
}

export async function expireLeases(real: Real): Promise<void> {
  await sql`update sync_jobs set lease_expires_at = now() - interval '1 second', resume_at = now()
    where sync_id = ${syncIdOf(real)} and status in ('running', 'cancelling')`.execute(real.fixture.database.system());
}

/** State and pages of every job are the model's: what was refused has left no trace, and at most one job is active. */
export async function expectAgreement(model: Model, real: Real): Promise<void> {
  const jobs = await listJobs(real);
  expect(jobs.map(({ status, pages }) => ({ status, pages }))).toEqual(
    model.jobs.map(({ status, pages }) => ({ status, pages })),
  );
  expect(jobs.filter(({ status }) => activeJobStatuses.some((active) => active === status)).length).toBeLessThan(2);
}

/** Every worker is dead. Time passes, one comes, and all must end. */
export async function recover(model: Model, real: Real): Promise<void> {
  await expireLeases(real);
  for (let claims = 0; claims < 10; claims += 1) {
    const claimed = await real.fixture.dependencies.store.claimJob({ owner: 'C', leaseMs, lane: 'any' });
    if (claimed === undefined) break;
    const status = await real.fixture.dependencies.store.renewLease(claimed, { leaseMs, waitingFor: null });
    const ended = status === 'cancelling' ? 'cancelled' : 'completed';
    expect(await real.fixture.dependencies.store.finishJob(claimed, { status: ended })).toBe(true);
  }
  const jobs = await listJobs(real);
  for (const [position, { status }] of jobs.entries()) {
    expect(jobMoves[status]).toEqual([]);
    if (model.jobs[position]?.wasCancelled) expect(status).toBe('cancelled');
  }
}
