import type { Endpoint } from '../endpoint.ts';
import { addSelfEndpoint } from './add-self.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { cancelSyncEndpoint } from './cancel-sync.ts';
import { cancelSyncJobEndpoint } from './cancel-sync-job.ts';
import { cursorEndpoints } from './cursor-endpoints.ts';
import { deleteSyncEndpoint } from './delete-sync.ts';
import { listFeatureFlagsEndpoint, switchFeatureFlagEndpoints } from './feature-flag-endpoints.ts';
import { limitEndpoints } from './limit-endpoints.ts';
import { listOrganizationReportsEndpoint } from './list-organizations.ts';
import { listSyncReportsEndpoint } from './list-syncs.ts';
import { erasePersonEndpoint, exportPersonEndpoint } from './person-endpoints.ts';
import { resyncEndpoint } from './resync.ts';

export function adminEndpoints(dependencies: AdminDependencies): readonly Endpoint[] {
  return [
    listFeatureFlagsEndpoint(),
    ...switchFeatureFlagEndpoints(dependencies),
    listOrganizationReportsEndpoint(dependencies),
    addSelfEndpoint(dependencies),
    ...limitEndpoints(dependencies),
    listSyncReportsEndpoint(dependencies),
    resyncEndpoint(dependencies),
    cancelSyncEndpoint(dependencies),
    deleteSyncEndpoint(dependencies),
    cancelSyncJobEndpoint(dependencies),
    ...cursorEndpoints(dependencies),
    exportPersonEndpoint(dependencies),
    erasePersonEndpoint(dependencies),
  ];
}
