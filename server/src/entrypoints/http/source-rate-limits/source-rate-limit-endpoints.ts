import type { Endpoint } from '../endpoint.ts';
import { deleteSourceRateLimitEndpoint } from './delete-source-rate-limit.ts';
import { listSourceRateLimitsEndpoint } from './list-source-rate-limits.ts';
import { putSourceRateLimitEndpoint } from './put-source-rate-limit.ts';
import type { SourceRateLimitDependencies } from './require-rate-limiting.ts';

export function sourceRateLimitEndpoints(dependencies: SourceRateLimitDependencies): readonly Endpoint[] {
  return [
    listSourceRateLimitsEndpoint(dependencies),
    putSourceRateLimitEndpoint(dependencies),
    deleteSourceRateLimitEndpoint(dependencies),
  ];
}
