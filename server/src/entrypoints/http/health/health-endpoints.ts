import type { Endpoint } from '../endpoint.ts';
import { getHealthEndpoint } from './get-health.ts';
import { getLivenessEndpoint } from './get-liveness.ts';
import { getReadinessEndpoint } from './get-readiness.ts';
import type { Readiness } from './readiness.ts';

export function healthEndpoints(readiness: Readiness): readonly Endpoint[] {
  return [getHealthEndpoint(), getLivenessEndpoint(), getReadinessEndpoint(readiness)];
}
