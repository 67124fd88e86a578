import { z } from 'zod';
import type { IdentityStore } from '../../../core/access/index.ts';
import type { AccountStore, OrganizationStore } from '../../../core/accounts/index.ts';
import type { QuotaStore } from '../../../core/quotas/index.ts';
import { OrganizationId, plainText } from '../../../core/shared/index.ts';
import type { Features } from './organization-answer.ts';

export interface OrganizationDependencies {
  readonly identities: IdentityStore;
  readonly organizations: OrganizationStore;
  readonly accounts: AccountStore;
  readonly features: Features;
  /** Absent: any number of members may be invited. */
  readonly quotas?: Pick<QuotaStore, 'readQuotas' | 'readMonth'>;
  /** How people reach the server, without a slash at the end. */
  readonly apiUrl: () => string;
}

/** What a person says of an organisation. */
export const OrganizationBody = z.object({
  name: plainText({ min: 4, max: 100 }),
  description: z.string().max(500).nullish(),
  auth0_org_id: z.string().max(200).nullish().describe('Taken for the sake of older clients, and not kept.'),
  org_metadata: z.record(z.string(), z.json()).nullish().describe('Absent in a change: as it is.'),
});

export const OrganizationParams = z.object({ organization_id: OrganizationId });

/** That something was done, in words for a person. */
export const DoneAnswer = z.object({ message: z.string() });

/** Members of the organisation that the path names. */
export const anyMember = { role: 'member', organizationParam: 'organization_id' } as const;
export const ownerOrAdmin = { role: 'owner_or_admin', organizationParam: 'organization_id' } as const;
export const onlyOwner = { role: 'owner', organizationParam: 'organization_id' } as const;
/** Where the reference tells strangers that there is no such organisation. */
export const memberOrNotFound = { ...anyMember, toStrangers: 'not_found' } as const;
