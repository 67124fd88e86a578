import type { ReindexAccess } from '../../../core/reindex/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { cancelReindexEndpoint } from './cancel-reindex.ts';
import { getReindexEndpoint } from './get-reindex.ts';
import { startReindexEndpoint } from './start-reindex.ts';

export function reindexEndpoints(dependencies: ReindexAccess): readonly Endpoint[] {
  return [startReindexEndpoint(dependencies), getReindexEndpoint(dependencies), cancelReindexEndpoint(dependencies)];
}
