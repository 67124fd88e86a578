import { createAdministrationStore } from './adapters/postgres/administration-store.ts';
import type { Database } from './adapters/postgres/database.ts';
import { createFeatureFlagStore } from './adapters/postgres/feature-flag-store.ts';
import { createFileFinder } from './adapters/postgres/file-finder.ts';
import { createPersonStore } from './adapters/postgres/person-store.ts';
import { createQuotaStore } from './adapters/postgres/quota-store.ts';
import { createRateWindows, dropIdleWindows } from './adapters/postgres/rate-windows.ts';
import { createSourceRateLimitStore } from './adapters/postgres/source-rate-limit-store.ts';
import { mergeMonths } from './adapters/postgres/usage-months.ts';
import { isFeatureEnabled, rememberFeatures } from './core/access/index.ts';
import type { ConnectorRegistry } from './core/connections/index.ts';
import { createSourceRateLimiter, type Quotas, RequestLimiter, UsageMeter } from './core/quotas/index.ts';
import type { Logger } from './core/shared/index.ts';

export interface LimitOptions {
  readonly database: Database;
  /** For organisations without limits of their own. */
  readonly defaults: Quotas;
  readonly connectors: ConnectorRegistry;
  readonly logger: Logger;
}

/** What organisations may use and do use, and what those who run the server see of them. */
export function openLimits({ database, defaults, connectors, logger }: LimitOptions, starting: AsyncDisposableStack) {
  const quotas = createQuotaStore(database, defaults);
  const windows = createRateWindows(database);
  const features = rememberFeatures(createFeatureFlagStore(database));
  const sourceRateLimits = createSourceRateLimitStore(database);
  const usage = new UsageMeter({ store: quotas, logger });
  starting.defer(() => usage.close());
  return {
    ...{ quotas, features, sourceRateLimits, usage },
    requestLimiter: new RequestLimiter({ store: quotas, windows, logger }),
    sourceRateLimiter: createSourceRateLimiter({
      limits: sourceRateLimits,
      windows,
      levelOf: (source) => connectors.find(source)?.rateLimitLevel ?? null,
      isEnabled: (scope) => isFeatureEnabled(features, scope, 'source_rate_limiting'),
    }),
    administration: createAdministrationStore(database),
    persons: createPersonStore(database),
    files: createFileFinder(database),
    async tidyUsage() {
      await mergeMonths(database);
      await dropIdleWindows(database);
    },
  };
}
