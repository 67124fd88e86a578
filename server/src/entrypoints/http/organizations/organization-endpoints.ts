import type { Endpoint } from '../endpoint.ts';
import { createMemberResetLinkEndpoint } from './create-member-reset-link.ts';
import { createOrganizationEndpoint } from './create-organization.ts';
import { deleteOrganizationEndpoint } from './delete-organization.ts';
import { getOrganizationEndpoint } from './get-organization.ts';
import { inviteMemberEndpoint } from './invite-member.ts';
import { leaveOrganizationEndpoint } from './leave-organization.ts';
import { listInvitationsEndpoint } from './list-invitations.ts';
import { listMembersEndpoint } from './list-members.ts';
import { listOrganizationsEndpoint } from './list-organizations.ts';
import type { OrganizationDependencies } from './organization-input.ts';
import { removeMemberEndpoint } from './remove-member.ts';
import { revokeInvitationEndpoint } from './revoke-invitation.ts';
import { setPrimaryOrganizationEndpoint } from './set-primary-organization.ts';
import { updateMemberEndpoint } from './update-member.ts';
import { updateOrganizationEndpoint } from './update-organization.ts';

export function organizationEndpoints(dependencies: OrganizationDependencies): readonly Endpoint[] {
  return [
    createOrganizationEndpoint(dependencies),
    listOrganizationsEndpoint(dependencies),
    getOrganizationEndpoint(dependencies),
    updateOrganizationEndpoint(dependencies),
    deleteOrganizationEndpoint(dependencies),
    setPrimaryOrganizationEndpoint(dependencies),
    leaveOrganizationEndpoint(dependencies),
    inviteMemberEndpoint(dependencies),
    listInvitationsEndpoint(dependencies),
    revokeInvitationEndpoint(dependencies),
    listMembersEndpoint(dependencies),
    updateMemberEndpoint(dependencies),
    removeMemberEndpoint(dependencies),
    createMemberResetLinkEndpoint(dependencies),
  ];
}
