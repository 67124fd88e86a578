import { z } from 'zod';
import { type BroughtBack, finishSignIn, type SignInDependencies } from '../../../core/sign-in/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { toRedirect } from './follow-sign-in-link.ts';
import { toSignInPage } from './sign-in-page.ts';

/** Codes are as long as their servers like. */
const Brought = z.string().max(8_192).optional();

const Query = z.object({
  state: Brought.describe('OAuth 2.'),
  code: Brought.describe('OAuth 2.'),
  error: Brought.describe('OAuth 2: why there is no code.'),
  oauth_token: Brought.describe('OAuth 1; with a verifier it goes before state and code.'),
  oauth_verifier: Brought.describe('OAuth 1.'),
});

export const finishSignInEndpoint = (dependencies: SignInDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-connections/callback',
    summary: 'Come back from a source after signing in',
    description:
      'Where sources send the browser. Sends it on to the redirect URL of the source connection, with `status` and `source_connection_id`; ' +
      'what went wrong ends here, for a browser on a page.',
    tags: ['source connections'],
    access: 'public',
    isLinked: true,
    query: Query,
    response: z.never(),
    status: 303,
    errors: [400, 404, 410, 429, 502],
    handler: async ({ query, request }) => {
      try {
        return toRedirect(await finishSignIn(dependencies, toBroughtBack(query), new Date()));
      } catch (error) {
        return toSignInPage(request, error);
      }
    },
  });

function toBroughtBack({ state, code, error, ...oauth1 }: z.output<typeof Query>): BroughtBack {
  return {
    ...(state === undefined ? {} : { state }),
    ...(code === undefined ? {} : { code }),
    ...(error === undefined ? {} : { error }),
    ...(oauth1.oauth_token === undefined ? {} : { oauthToken: oauth1.oauth_token }),
    ...(oauth1.oauth_verifier === undefined ? {} : { oauthVerifier: oauth1.oauth_verifier }),
  };
}
