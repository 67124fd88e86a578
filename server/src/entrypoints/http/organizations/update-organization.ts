import { getOwnMembership } from '../../../core/access/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationWithRoleAnswer, toOrganizationWithRoleAnswer } from './organization-answer.ts';
import {
  OrganizationBody,
  type OrganizationDependencies,
  OrganizationParams,
  ownerOrAdmin,
} from './organization-input.ts';

export const updateOrganizationEndpoint = ({ identities, organizations, features }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'PUT',
    path: '/organizations/{organization_id}',
    summary: 'Update organization',
    tags: ['organizations'],
    access: ownerOrAdmin,
    params: OrganizationParams,
    body: OrganizationBody,
    response: OrganizationWithRoleAnswer,
    handler: async ({ params, body, caller }) => {
      const { name, description, org_metadata: metadata } = body;
      await organizations.update(caller.scope, { name, description: description ?? null, metadata }, caller);
      return toOrganizationWithRoleAnswer(await getOwnMembership(identities, caller, params.organization_id), features);
    },
  });
