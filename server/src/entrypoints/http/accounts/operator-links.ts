import { z } from 'zod';
import { createFirstOwnerToken, createResetToken, toEmail } from '../../../core/accounts/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AccountDependencies } from './account-dependencies.ts';
import { LinkAnswer, pageUrl } from './account-links.ts';

export const createFirstOwnerLinkEndpoint = ({ accounts, firstOwnerId, apiUrl }: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/first-owner-link',
    summary: 'Make a link to become the first owner',
    tags: ['accounts'],
    access: 'operator',
    response: LinkAnswer,
    errors: [409],
    handler: async () => {
      const token = await createFirstOwnerToken(accounts, firstOwnerId);
      if (token === null) throw new AppError('conflict', 'There is an owner already who can sign in.');
      return { url: pageUrl(apiUrl(), 'first-owner', token), expires_at: null };
    },
  });

export const createResetLinkEndpoint = ({ identities, accounts, apiUrl }: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/reset-link',
    summary: 'Make a link to reset anybody’s password',
    tags: ['accounts'],
    access: 'operator',
    body: z.object({
      email: z.email().max(254),
      without_second_factor: z.boolean().default(false).describe('Takes the second factor away at once.'),
    }),
    response: LinkAnswer,
    errors: [404],
    handler: async ({ body, caller }) => {
      const user = await identities.findUserByEmail(toEmail(body.email));
      if (user === undefined) throw new AppError('not_found', 'There is no user with this e-mail address.');
      if (body.without_second_factor) {
        const entry = { action: 'second_factor.disabled', objectType: 'user', objectId: user.id } as const;
        await accounts.disableTotp(user.id, { actor: caller, entry });
      }
      const { token, expiresAt } = await createResetToken(accounts, user, caller);
      return { url: pageUrl(apiUrl(), 'reset-password', token), expires_at: expiresAt.toISOString() };
    },
  });
