import { z } from 'zod';

/** The credentials of sources whose users sign in: what a sign-in leaves, or a token that somebody made there by hand. */
export const tokenCredentials = z.object({
  access_token: z.string().trim().min(1).meta({
    title: 'Access Token',
    description: 'A token of the source, from a sign-in or made there',
    isSecret: true,
  }),
});
