import { z } from 'zod';
import { requireFound, resolveReach } from '../../../core/administration/index.ts';
import { SyncConfig } from '../../../core/collections/index.ts';
import { newId, SyncId, SyncJobId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { AdminSyncJob, toAdminSyncJob } from './sync-job-answer.ts';

export const SyncParams = z.object({ sync_id: SyncId });

export const resyncEndpoint = ({ administration, features, connections }: AdminDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/admin/resync/{sync_id}',
    summary: 'Read everything of a sync anew',
    description: 'Starts a full run. The body is taken and changes nothing: a full run is what it can ask for here.',
    tags: ['admin'],
    access: 'platform_admin_or_key',
    params: SyncParams,
    body: SyncConfig.nullish(),
    response: AdminSyncJob,
    errors: [400, 404],
    handler: async ({ params, caller }) => {
      const within = await resolveReach(features, caller);
      const { scope, syncId } = requireFound(await administration.findSync(within, params.sync_id), 'Sync');
      const job = await connections.connections.startJob(scope, syncId, {
        id: newId(SyncJobId),
        trigger: 'manual',
        forceFull: true,
      });
      return toAdminSyncJob(scope, job);
    },
  });
