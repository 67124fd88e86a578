import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { OrganizationDependencies } from '../organizations/organization-input.ts';
import { toUserAnswer, UserAnswer } from './user-answer.ts';

export const getCurrentUserEndpoint = (dependencies: OrganizationDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/users',
    summary: 'Get current user',
    tags: ['users'],
    access: 'user',
    response: UserAnswer,
    handler: async ({ caller }) => {
      const user = caller.userId === null ? undefined : await dependencies.identities.findUser(caller.userId);
      if (user === undefined) {
        throw new AppError('unauthorized', 'Authentication failed: the user account was not found.');
      }
      return toUserAnswer(dependencies, user);
    },
  });
