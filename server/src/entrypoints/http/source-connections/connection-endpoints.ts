import type { SignInDependencies } from '../../../core/sign-in/index.ts';
import { retryDocumentEndpoint } from '../documents/retry-document.ts';
import type { Endpoint } from '../endpoint.ts';
import { signInEndpoints } from '../sign-in/sign-in-endpoints.ts';
import { cancelJobEndpoint } from './cancel-job.ts';
import { syncControlEndpoints } from './control-sync.ts';
import { createConnectionEndpoint } from './create-connection.ts';
import { deleteConnectionEndpoint } from './delete-connection.ts';
import { getConnectionEndpoint } from './get-connection.ts';
import { getSyncIdEndpoint } from './get-sync-id.ts';
import { listConnectionsEndpoint } from './list-connections.ts';
import { type FailureDependencies, listFailuresEndpoint } from './list-failures.ts';
import { listJobsEndpoint } from './list-jobs.ts';
import { previewScheduleEndpoint } from './preview-schedule.ts';
import { retryFailuresEndpoint } from './retry-failures.ts';
import { runConnectionEndpoint } from './run-connection.ts';
import { updateConnectionEndpoint } from './update-connection.ts';

export function connectionEndpoints(dependencies: FailureDependencies & SignInDependencies): readonly Endpoint[] {
  return [
    createConnectionEndpoint(dependencies),
    ...signInEndpoints(dependencies),
    previewScheduleEndpoint(),
    listConnectionsEndpoint(dependencies),
    getConnectionEndpoint(dependencies),
    updateConnectionEndpoint(dependencies),
    deleteConnectionEndpoint(dependencies),
    getSyncIdEndpoint(dependencies),
    runConnectionEndpoint(dependencies),
    ...syncControlEndpoints(dependencies),
    listFailuresEndpoint(dependencies),
    retryFailuresEndpoint(dependencies),
    retryDocumentEndpoint(dependencies),
    listJobsEndpoint(dependencies),
    cancelJobEndpoint(dependencies),
  ];
}
