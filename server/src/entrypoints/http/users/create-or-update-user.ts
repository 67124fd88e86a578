import { z } from 'zod';
import { saveOwnUser } from '../../../core/accounts/index.ts';
import { plainText } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { OrganizationDependencies } from '../organizations/organization-input.ts';
import { toUserAnswer, UserAnswer } from './user-answer.ts';

export const createOrUpdateUserEndpoint = (dependencies: OrganizationDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/users/create_or_update',
    summary: 'Create or update the current user',
    description:
      'Of the person whom the token names and nobody else. Whoever was invited becomes a member of the organizations that did.',
    tags: ['users'],
    access: 'person',
    body: z.object({
      email: z.email().max(254),
      full_name: plainText({ max: 200 }).nullish().describe('Absent: as it is.'),
      auth0_id: z.string().max(500).nullish().describe('Not kept: the token says what the provider calls them.'),
    }),
    response: UserAnswer,
    errors: [403, 409],
    handler: async ({ body, caller }) => {
      const input = { email: body.email, fullName: body.full_name ?? null };
      return toUserAnswer(dependencies, await saveOwnUser(dependencies, caller, input));
    },
  });
