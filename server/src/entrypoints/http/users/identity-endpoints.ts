import type { IdentityStore } from '../../../core/access/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { getOrganizationEndpoint } from '../organizations/get-organization.ts';
import { listOrganizationsEndpoint } from '../organizations/list-organizations.ts';
import { getCurrentUserEndpoint } from './get-current-user.ts';
import { listOwnOrganizationsEndpoint } from './list-own-organizations.ts';

export function identityEndpoints(store: IdentityStore): readonly Endpoint[] {
  return [
    getCurrentUserEndpoint(store),
    listOwnOrganizationsEndpoint(store),
    listOrganizationsEndpoint(store),
    getOrganizationEndpoint(store),
  ];
}
