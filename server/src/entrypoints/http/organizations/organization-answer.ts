import { z } from 'zod';
import { type FeatureFlagStore, listEnabledFeatures, type Membership, roles } from '../../../core/access/index.ts';
import { Scope } from '../../../core/shared/index.ts';

/** Which of an organisation's features are switched on. */
export type Features = Pick<FeatureFlagStore, 'listSwitched'>;

const organization = {
  id: z.guid(),
  name: z.string(),
  created_at: z.iso.datetime(),
  modified_at: z.iso.datetime(),
  auth0_org_id: z.string().nullable(),
  org_metadata: z.record(z.string(), z.unknown()).nullable(),
  enabled_features: z.array(z.string()),
  billing: z.null(),
};

export const OrganizationAnswer = z
  .object({ ...organization, description: z.string().nullable() })
  .meta({ id: 'Organization' });

/** An organisation with the caller's place in it. */
export const OrganizationWithRoleAnswer = z
  .object({ ...organization, description: z.string(), role: z.enum(roles), is_primary: z.boolean() })
  .meta({ id: 'OrganizationWithRole' });

export async function toOrganizationAnswer(
  { organization }: Membership,
  features: Features,
): Promise<z.input<typeof OrganizationAnswer>> {
  return {
    id: organization.id,
    name: organization.name,
    description: organization.description,
    created_at: organization.createdAt.toISOString(),
    modified_at: organization.modifiedAt.toISOString(),
    auth0_org_id: null,
    org_metadata: organization.metadata,
    enabled_features: [...(await listEnabledFeatures(features, new Scope(organization.id)))],
    billing: null,
  };
}

/** The reference sends an empty text for a missing description here, and null in the plain organisation. */
export async function toOrganizationWithRoleAnswer(
  membership: Membership,
  features: Features,
): Promise<z.input<typeof OrganizationWithRoleAnswer>> {
  return {
    ...(await toOrganizationAnswer(membership, features)),
    description: membership.organization.description ?? '',
    role: membership.role,
    is_primary: membership.isPrimary,
  };
}
