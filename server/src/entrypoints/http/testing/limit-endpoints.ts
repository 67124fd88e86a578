import type { Database } from '../../../adapters/postgres/database.ts';
import { createIdentityStore } from '../../../adapters/postgres/identity-store.ts';
import type { ConnectionStore, ConnectorRegistry } from '../../../core/connections/index.ts';
import type { FileDependencies } from '../../../core/documents/index.ts';
import { type Quotas, unlimited } from '../../../core/quotas/index.ts';
import { silentLogger } from '../../../core/shared/index.ts';
import { openLimits } from '../../../open-limits.ts';
import { adminEndpoints } from '../admin/admin-endpoints.ts';
import { billingEndpoints } from '../billing/billing-endpoints.ts';
import { fileEndpoints } from '../files/file-endpoints.ts';
import { sourceRateLimitEndpoints } from '../source-rate-limits/source-rate-limit-endpoints.ts';
import { usageEndpoints } from '../usage/usage-endpoints.ts';

/** The endpoints about usage, limits, files and administration, and what counts for them. */
export function createLimitParts(
  database: Database,
  options: {
    readonly connections: ConnectionStore;
    readonly connectors: ConnectorRegistry;
    readonly files: Omit<FileDependencies, 'files'>;
    readonly quotas?: Quotas | undefined;
  },
) {
  const { connections, connectors, quotas: defaults = unlimited } = options;
  const limits = openLimits({ database, defaults, connectors, logger: silentLogger }, new AsyncDisposableStack());
  const { features, quotas, usage } = limits;
  return {
    usage,
    endpoints: [
      ...usageEndpoints({ quotas, usage }),
      ...sourceRateLimitEndpoints({ limits: limits.sourceRateLimits, features, connectors }),
      ...fileEndpoints({ ...options.files, files: limits.files }),
      ...adminEndpoints({ ...limits, identities: createIdentityStore(database), connections: { connections } }),
      ...billingEndpoints(quotas),
    ],
  };
}
