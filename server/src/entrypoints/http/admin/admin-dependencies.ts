import type { FeatureFlagStore, IdentityStore } from '../../../core/access/index.ts';
import type { AdministrationStore, PersonStore } from '../../../core/administration/index.ts';
import type { ConnectionDependencies } from '../../../core/connections/index.ts';
import type { QuotaStore, RequestLimiter, UsageMeter } from '../../../core/quotas/index.ts';

export interface AdminDependencies {
  readonly administration: AdministrationStore;
  readonly identities: Pick<IdentityStore, 'findMembership'>;
  readonly features: FeatureFlagStore;
  readonly persons: PersonStore;
  readonly connections: Pick<ConnectionDependencies, 'connections'>;
  readonly quotas: QuotaStore;
  readonly usage: Pick<UsageMeter, 'forgetQuotas'>;
  readonly requestLimiter: Pick<RequestLimiter, 'forgetQuotas'>;
}
