import { z } from 'zod';
import { requireFound, resolveReach } from '../../../core/administration/index.ts';
import { SyncJobId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { AdminSyncJob, toAdminSyncJob } from './sync-job-answer.ts';

export const cancelSyncJobEndpoint = ({ administration, features, connections }: AdminDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/admin/sync-jobs/{job_id}/cancel',
    summary: 'Cancel a sync job of any organization',
    tags: ['admin'],
    access: 'platform_admin_or_key',
    params: z.object({ job_id: SyncJobId }),
    response: AdminSyncJob,
    errors: [400, 404],
    handler: async ({ params, caller }) => {
      const within = await resolveReach(features, caller);
      const place = requireFound(await administration.findSyncOfJob(within, params.job_id), 'Sync job');
      const job = await connections.connections.cancelJob(place.scope, place.connectionId, params.job_id);
      return toAdminSyncJob(place.scope, job);
    },
  });
