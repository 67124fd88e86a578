import { z } from 'zod';
import { requireFound, resolveReach } from '../../../core/administration/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { SyncParams } from './resync.ts';

export const deleteSyncEndpoint = ({ administration, features, connections }: AdminDependencies) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/admin/syncs/{sync_id}',
    summary: 'Delete a sync of any organization',
    description: 'With its source connection and all documents of it.',
    tags: ['admin'],
    access: 'platform_admin_or_key',
    params: SyncParams,
    response: z.object({ sync_id: z.guid(), message: z.string(), deleted_source_connection_id: z.guid() }),
    errors: [404],
    handler: async ({ params, caller }) => {
      const within = await resolveReach(features, caller);
      const { scope, syncId, connectionId } = requireFound(
        await administration.findSync(within, params.sync_id),
        'Sync',
      );
      const isDeleted = await connections.connections.markDeleted(scope, connectionId);
      requireFound(isDeleted || undefined, 'Sync');
      return {
        sync_id: syncId,
        message: 'The sync, its source connection and its documents are deleted',
        deleted_source_connection_id: connectionId,
      };
    },
  });
