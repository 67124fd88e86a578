import { z } from 'zod';
import { featureFlags, isFeatureFlag } from '../../../core/access/index.ts';
import { AppError, plainText } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { findOrganization, OrganizationParams } from './organization-param.ts';

export const listFeatureFlagsEndpoint = () =>
  defineEndpoint({
    method: 'GET',
    path: '/admin/feature-flags',
    summary: 'List feature flags',
    description: 'All that there are, by their name in older clients and by their value.',
    tags: ['admin'],
    access: 'platform_admin',
    response: z.array(z.object({ name: z.string(), value: z.string() })),
    handler: () => featureFlags.map((flag) => ({ name: flag.toUpperCase(), value: flag })),
  });

type SwitchDependencies = Pick<AdminDependencies, 'administration' | 'features'>;

export const switchFeatureFlagEndpoints = (dependencies: SwitchDependencies) => [
  switchEndpoint(dependencies, 'enable', true),
  switchEndpoint(dependencies, 'disable', false),
];

function switchEndpoint(
  { administration, features }: SwitchDependencies,
  word: 'enable' | 'disable',
  isEnabled: boolean,
) {
  return defineEndpoint({
    method: 'POST',
    path: `/admin/organizations/{organization_id}/feature-flags/{flag}/${word}`,
    summary: `${isEnabled ? 'Enable' : 'Disable'} a feature for an organization`,
    tags: ['admin'],
    access: 'platform_admin',
    params: OrganizationParams.extend({ flag: plainText({ max: 100 }) }),
    response: z.object({ message: z.string(), organization_id: z.guid() }),
    errors: [400, 404],
    handler: async ({ params: { organization_id: id, flag } }) => {
      if (!isFeatureFlag(flag)) {
        throw new AppError('invalid_request', `Invalid feature flag: '${flag}'. There are ${featureFlags.join(', ')}.`);
      }
      await features.switch(await findOrganization(administration, id), flag, isEnabled);
      return { message: `Feature flag '${flag}' is ${word}d`, organization_id: id };
    },
    audit: ({ params }) => ({
      action: 'settings.changed',
      objectType: 'setting',
      objectId: params.flag,
      details: { organization_id: params.organization_id, is_enabled: isEnabled },
    }),
  });
}
