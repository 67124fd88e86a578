import { type Caller, maySeeCollection } from '../access/index.ts';
import { AppError, type SyncId } from '../shared/index.ts';
import type { ConnectionDependencies } from './connections.ts';
import type { EntityCount } from './source-connection.ts';

/** What a sync has indexed, per class. @throws AppError('not_found') */
export async function countSyncEntities(
  { connections }: Pick<ConnectionDependencies, 'connections'>,
  caller: Caller,
  syncId: SyncId,
): Promise<readonly EntityCount[]> {
  const connection = await connections.findBySync(caller.scope, syncId);
  if (connection === undefined || !maySeeCollection(caller, connection.readableCollectionId)) {
    throw new AppError('not_found', 'Sync not found');
  }
  return connections.countEntities(caller.scope, connection.id);
}
