import type { ConnectionStore } from '../../../core/connections/index.ts';
import type { Logger } from '../../../core/shared/index.ts';
import type { JobWatcher } from '../../../core/sync/index.ts';
import type { Endpoint } from '../endpoint.ts';
import type { EventStreams } from '../event-streams.ts';
import { getJobEndpoint } from './get-job.ts';
import { getJobLogEndpoint } from './get-job-log.ts';
import { subscribeEndpoint } from './subscribe.ts';
import { subscribeStateEndpoint } from './subscribe-state.ts';

export interface SyncJobDependencies {
  readonly connections: ConnectionStore;
  readonly jobs: JobWatcher;
  readonly streams: EventStreams;
  readonly logger: Logger;
}

export function syncJobEndpoints(dependencies: SyncJobDependencies): readonly Endpoint[] {
  return [
    getJobEndpoint(dependencies),
    getJobLogEndpoint(dependencies),
    subscribeEndpoint(dependencies),
    subscribeStateEndpoint(dependencies),
  ];
}
