import { z } from 'zod';
import { requireFound, resolveReach } from '../../../core/administration/index.ts';
import { isAppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { SyncParams } from './resync.ts';

const CancelSummary = z
  .object({
    sync_id: z.guid(),
    total_jobs: z.int().describe('That waited or ran.'),
    cancelled: z.int(),
    failed: z.int().describe('That had ended meanwhile.'),
    results: z.array(z.object({ job_id: z.guid(), status: z.string() })),
  })
  .meta({ id: 'SyncCancelSummary' });

export const cancelSyncEndpoint = ({ administration, features, connections }: AdminDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/admin/syncs/{sync_id}/cancel',
    summary: 'Cancel the run of a sync',
    description: 'Of a sync that does not run, nothing is cancelled.',
    tags: ['admin'],
    access: 'platform_admin_or_key',
    params: SyncParams,
    response: CancelSummary,
    errors: [404],
    handler: async ({ params, caller }) => {
      const within = await resolveReach(features, caller);
      const place = requireFound(await administration.findSync(within, params.sync_id), 'Sync');
      const { scope, connectionId, activeJobId } = place;
      if (activeJobId === null) {
        return { sync_id: place.syncId, total_jobs: 0, cancelled: 0, failed: 0, results: [] };
      }
      const job = await connections.connections.cancelJob(scope, connectionId, activeJobId).catch((error: unknown) => {
        // It is being cancelled already, or has just ended.
        if (isAppError(error, 'invalid_request')) return undefined;
        throw error;
      });
      return {
        sync_id: place.syncId,
        total_jobs: 1,
        cancelled: job === undefined ? 0 : 1,
        failed: job === undefined ? 1 : 0,
        results: [{ job_id: activeJobId, status: job?.status ?? 'unchanged' }],
      };
    },
  });
