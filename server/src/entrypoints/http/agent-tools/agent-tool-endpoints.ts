import type { Endpoint } from '../endpoint.ts';
import { countEndpoint } from './count.ts';
import { findEndpoint } from './find.ts';
import { type FreshnessDependencies, getFreshnessEndpoint } from './get-freshness.ts';
import { listEndpoint } from './list.ts';
import { openEndpoint } from './open.ts';
import type { AgentToolDependencies } from './tool-target.ts';

/** What agents ask beside searching. */
export function agentToolEndpoints(dependencies: AgentToolDependencies & FreshnessDependencies): readonly Endpoint[] {
  return [
    findEndpoint(dependencies),
    openEndpoint(dependencies),
    listEndpoint(dependencies),
    countEndpoint(dependencies),
    getFreshnessEndpoint(dependencies),
  ];
}
