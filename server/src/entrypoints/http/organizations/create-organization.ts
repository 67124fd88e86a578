import { createOrganization } from '../../../core/accounts/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationAnswer, toOrganizationAnswer } from './organization-answer.ts';
import { OrganizationBody, type OrganizationDependencies } from './organization-input.ts';

export const createOrganizationEndpoint = (dependencies: OrganizationDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/organizations',
    summary: 'Create organization',
    description: 'The caller becomes its owner. It gets one API key, which is known once it is rotated.',
    tags: ['organizations'],
    access: 'user',
    body: OrganizationBody,
    response: OrganizationAnswer,
    handler: async ({ body, caller }) => {
      const input = {
        name: body.name,
        description: body.description ?? null,
        metadata: body.org_metadata,
      };
      return toOrganizationAnswer(await createOrganization(dependencies, caller, input), dependencies.features);
    },
  });
