import { z } from 'zod';
import { followLink, type SignInDependencies } from '../../../core/sign-in/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { toSignInPage } from './sign-in-page.ts';

export const followSignInLinkEndpoint = (dependencies: SignInDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-connections/authorize/{code}',
    summary: 'Open the sign-in link of a source connection',
    description: 'Sends the browser on to the source. A link is good once, and for five minutes.',
    tags: ['source connections'],
    access: 'public',
    isLinked: true,
    params: z.object({ code: z.string() }),
    response: z.never(),
    status: 303,
    errors: [404],
    handler: async ({ params, request }) => {
      try {
        return toRedirect(await followLink(dependencies, params.code, new Date()));
      } catch (error) {
        return toSignInPage(request, error);
      }
    },
  });

/** With the address goes what the source must not see: where the browser came from. */
export function toRedirect(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { Location: location, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' },
  });
}
