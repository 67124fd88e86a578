import type { UsageMeter } from '../../../core/quotas/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { checkActionEndpoint } from './check-action.ts';
import { checkActionsEndpoint } from './check-actions.ts';
import { type DashboardDependencies, getDashboardEndpoint } from './get-dashboard.ts';

export interface UsageDependencies extends DashboardDependencies {
  readonly usage: UsageMeter;
}

export function usageEndpoints(dependencies: UsageDependencies): readonly Endpoint[] {
  return [
    checkActionEndpoint(dependencies.usage),
    checkActionsEndpoint(dependencies.usage),
    getDashboardEndpoint(dependencies),
  ];
}
