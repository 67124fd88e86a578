import type { Endpoint } from '../endpoint.ts';
import type { AccountDependencies } from './account-dependencies.ts';
import { accountPages } from './account-pages.ts';
import { changePasswordEndpoint } from './change-password.ts';
import { endOtherSessionsEndpoint } from './end-other-sessions.ts';
import { endSessionEndpoint } from './end-session.ts';
import {
  acceptInvitationEndpoint,
  becomeFirstOwnerEndpoint,
  joinOrganizationEndpoint,
  resetPasswordEndpoint,
} from './follow-links.ts';
import { getSessionEndpoint } from './get-session.ts';
import { listSessionsEndpoint } from './list-sessions.ts';
import { oidcEndpoints } from './oidc-endpoints.ts';
import { createFirstOwnerLinkEndpoint, createResetLinkEndpoint } from './operator-links.ts';
import {
  disableSecondFactorEndpoint,
  enableSecondFactorEndpoint,
  prepareSecondFactorEndpoint,
} from './second-factor.ts';
import { signInEndpoint } from './sign-in.ts';
import { signOutEndpoint } from './sign-out.ts';

/** Everything under `/auth`. */
export function accountEndpoints(dependencies: AccountDependencies): readonly Endpoint[] {
  return [
    signInEndpoint(dependencies),
    signOutEndpoint(dependencies),
    getSessionEndpoint(dependencies),
    listSessionsEndpoint(dependencies),
    endSessionEndpoint(dependencies),
    endOtherSessionsEndpoint(dependencies),
    changePasswordEndpoint(dependencies),
    prepareSecondFactorEndpoint(dependencies),
    enableSecondFactorEndpoint(dependencies),
    disableSecondFactorEndpoint(dependencies),
    becomeFirstOwnerEndpoint(dependencies),
    resetPasswordEndpoint(dependencies),
    acceptInvitationEndpoint(dependencies),
    joinOrganizationEndpoint(dependencies),
    createFirstOwnerLinkEndpoint(dependencies),
    createResetLinkEndpoint(dependencies),
    ...accountPages(dependencies),
    ...oidcEndpoints(dependencies),
  ];
}
