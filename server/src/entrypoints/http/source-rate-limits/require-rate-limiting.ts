import { type FeatureFlagStore, isFeatureEnabled } from '../../../core/access/index.ts';
import type { ConnectorRegistry } from '../../../core/connections/index.ts';
import type { SourceRateLimitStore } from '../../../core/quotas/index.ts';
import { AppError, type Scope } from '../../../core/shared/index.ts';

export interface SourceRateLimitDependencies {
  readonly limits: SourceRateLimitStore;
  readonly features: Pick<FeatureFlagStore, 'listSwitched'>;
  readonly connectors: Pick<ConnectorRegistry, 'list'>;
}

/** @throws AppError('forbidden') where it was switched off for the organisation */
export async function requireRateLimiting(
  { features }: Pick<SourceRateLimitDependencies, 'features'>,
  scope: Scope,
): Promise<void> {
  if (await isFeatureEnabled(features, scope, 'source_rate_limiting')) return;
  throw new AppError('forbidden', "The feature 'source_rate_limiting' is not enabled for this organization.");
}
