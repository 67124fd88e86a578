import { z } from 'zod';
import {
  acceptInvitation,
  becomeFirstOwner,
  NewPassword,
  openSession,
  resetPassword,
  toEmail,
} from '../../../core/accounts/index.ts';
import { plainText } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DoneAnswer } from '../organizations/organization-input.ts';
import type { AccountDependencies } from './account-dependencies.ts';
import { OpenedSessionAnswer, originOf, toOpenedSessionResponse } from './session-answer.ts';

export const LinkToken = z.string().min(1).max(100);
export const FullName = plainText({ max: 200 });

export const becomeFirstOwnerEndpoint = (dependencies: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/first-owner',
    summary: 'Become the first owner',
    description: 'With the token of the link that the server prints while nobody can sign in.',
    tags: ['accounts'],
    access: 'public',
    body: z.object({
      token: LinkToken,
      email: z.email().max(254),
      full_name: FullName.nullish(),
      password: NewPassword,
    }),
    response: OpenedSessionAnswer,
    errors: [410, 503],
    handler: async (input) => {
      const { token, email, full_name: fullName, password } = input.body;
      const owner = { email: toEmail(email), fullName: fullName ?? null, password };
      const opened = await becomeFirstOwner(dependencies.accounts, token, owner, originOf(input));
      return toOpenedSessionResponse(opened, dependencies);
    },
  });

export const resetPasswordEndpoint = ({ accounts }: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/reset-password',
    summary: 'Set a password anew',
    description: 'With the token of a reset link. All sessions end; a second factor stays.',
    tags: ['accounts'],
    access: 'public',
    body: z.object({ token: LinkToken, password: NewPassword }),
    response: DoneAnswer,
    errors: [410, 503],
    handler: async (input) => {
      await resetPassword(accounts, input.body.token, input.body.password, originOf(input));
      return { message: 'The password is set: sign in with it.' };
    },
  });

export const acceptInvitationEndpoint = (dependencies: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/invitation',
    summary: 'Accept an invitation with a new account',
    description: 'Whoever has an account already signs in to it and calls `/auth/invitation/join`.',
    tags: ['accounts'],
    access: 'public',
    body: z.object({ token: LinkToken, full_name: FullName.nullish(), password: NewPassword }),
    response: OpenedSessionAnswer,
    errors: [401, 410, 503],
    handler: async (input) => {
      const { token, full_name: fullName, password } = input.body;
      const by = { person: null, fullName: fullName ?? null, password };
      const { user } = await acceptInvitation(dependencies, token, by);
      return toOpenedSessionResponse(
        await openSession(dependencies.accounts, user, 'password', originOf(input)),
        dependencies,
      );
    },
  });

export const joinOrganizationEndpoint = (dependencies: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/invitation/join',
    summary: 'Accept an invitation with one’s account',
    tags: ['accounts'],
    access: 'user',
    body: z.object({ token: LinkToken }),
    response: DoneAnswer,
    errors: [403, 410],
    handler: async ({ body, caller }) => {
      await acceptInvitation(dependencies, body.token, { person: caller, fullName: null, password: null });
      return { message: 'You are a member now.' };
    },
  });
