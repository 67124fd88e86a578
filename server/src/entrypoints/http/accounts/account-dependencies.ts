import type { IdentityProvider, PendingSignIns, SignInDependencies } from '../../../core/accounts/index.ts';
import type { UserId } from '../../../core/shared/index.ts';
import type { OrganizationDependencies } from '../organizations/organization-input.ts';

export interface AccountDependencies extends SignInDependencies, OrganizationDependencies {
  /** At which people sign in with their browser; absent: only here. */
  readonly provider?: IdentityProvider;
  readonly pendingSignIns: PendingSignIns;
  /** The account that owns everything until somebody becomes the first owner. */
  readonly firstOwnerId: UserId;
}
