import { z } from 'zod';
import { requireFound, resolveReach } from '../../../core/administration/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AdminDependencies } from './admin-dependencies.ts';

const shared = {
  path: '/admin/source-connections/{source_connection_id}/cursor',
  tags: ['admin'],
  access: 'platform_admin_or_key',
  params: z.object({ source_connection_id: SourceConnectionId }),
  errors: [404],
} as const;

type CursorDependencies = Pick<AdminDependencies, 'administration' | 'features'>;

/** Where a sync's incremental runs go on. */
export const cursorEndpoints = (dependencies: CursorDependencies) => [
  getCursorEndpoint(dependencies),
  deleteCursorEndpoint(dependencies),
];

const getCursorEndpoint = ({ administration, features }: CursorDependencies) =>
  defineEndpoint({
    ...shared,
    method: 'GET',
    summary: "Get a source connection's cursor",
    description: 'Not found where no run has left one.',
    response: z.object({
      sync_id: z.guid(),
      cursor_data: z.record(z.string(), z.unknown()).describe('By stream.'),
      modified_at: z.iso.datetime(),
    }),
    handler: async ({ params, caller }) => {
      const within = await resolveReach(features, caller);
      const place = requireFound(
        await administration.findSyncOfConnection(within, params.source_connection_id),
        'Source connection with a sync',
      );
      const hasCursor = Object.keys(place.cursors).length > 0;
      requireFound(hasCursor || undefined, 'Cursor');
      return {
        sync_id: place.syncId,
        cursor_data: place.cursors,
        modified_at: place.modifiedAt.toISOString(),
      };
    },
  });

const deleteCursorEndpoint = ({ administration, features }: CursorDependencies) =>
  defineEndpoint({
    ...shared,
    method: 'DELETE',
    summary: "Delete a source connection's cursor",
    description: 'The next run reads everything.',
    response: z.object({ sync_id: z.guid(), deleted: z.boolean(), message: z.string() }),
    handler: async ({ params, caller }) => {
      const within = await resolveReach(features, caller);
      const { scope, syncId } = requireFound(
        await administration.findSyncOfConnection(within, params.source_connection_id),
        'Source connection with a sync',
      );
      const isDeleted = await administration.clearCursors(scope, syncId);
      return {
        sync_id: syncId,
        deleted: isDeleted,
        message: isDeleted ? 'The cursor is deleted: the next run reads everything' : 'There was no cursor',
      };
    },
  });
