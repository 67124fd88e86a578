import { deleteOrganization } from '../../../core/accounts/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationWithRoleAnswer } from './organization-answer.ts';
import { type OrganizationDependencies, OrganizationParams, onlyOwner } from './organization-input.ts';

export const deleteOrganizationEndpoint = ({ organizations }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/organizations/{organization_id}',
    summary: 'Delete organization',
    description: 'It is gone at once, with its members and keys; what it indexed is removed in the background.',
    tags: ['organizations'],
    access: onlyOwner,
    params: OrganizationParams,
    response: OrganizationWithRoleAnswer,
    errors: [400],
    handler: async ({ params, caller }) => {
      await deleteOrganization(organizations, caller);
      const now = new Date().toISOString();
      // What the reference answers with: nothing of what it was.
      return {
        id: params.organization_id,
        name: '',
        description: '',
        created_at: now,
        modified_at: now,
        role: 'owner' as const,
        is_primary: false,
        auth0_org_id: null,
        org_metadata: null,
        enabled_features: [],
        billing: null,
      };
    },
  });
