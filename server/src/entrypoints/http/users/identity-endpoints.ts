import type { Endpoint } from '../endpoint.ts';
import { organizationEndpoints } from '../organizations/organization-endpoints.ts';
import type { OrganizationDependencies } from '../organizations/organization-input.ts';
import { createOrUpdateUserEndpoint } from './create-or-update-user.ts';
import { getCurrentUserEndpoint } from './get-current-user.ts';
import { listOwnOrganizationsEndpoint } from './list-own-organizations.ts';

export function identityEndpoints(dependencies: OrganizationDependencies): readonly Endpoint[] {
  return [
    getCurrentUserEndpoint(dependencies),
    listOwnOrganizationsEndpoint(dependencies),
    createOrUpdateUserEndpoint(dependencies),
    ...organizationEndpoints(dependencies),
  ];
}
