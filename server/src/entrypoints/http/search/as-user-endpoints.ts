import { z } from 'zod';
import { resolveSearcher, type SearcherDependencies, type SearchStore } from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { UserPrincipal } from './as-user.ts';
import { collectionNotFound, findSearchable } from './find-searchable.ts';
import type { OlderSearchRequest } from './older-search-request.ts';

const access = { scope: 'admin', collectionParam: 'readable_id', collectionNotFound } as const;
const Query = z.object({
  user_principal: UserPrincipal.describe('An e-mail address, or a label such as `group:sales`.'),
});

/**
 * `POST /admin/…/as-user?user_principal=`: a search whose body takes `as_user`, for older tools, which name the user in the
 * address.
 */
export function toAsUserEndpoint(
  search: Endpoint,
  withUser: (body: object, user: string) => object = (body, user) => ({ ...body, as_user: user }),
): Endpoint {
  return {
    ...search,
    path: `/admin${search.path}/as-user`,
    summary: `${search.summary}, as another user`,
    description: 'The same as the search without `/admin` with `as_user` in its body.',
    access,
    query: Query,
    handler: (input) => {
      // The server parsed both with the schemas above.
      const { user_principal } = input.query as z.output<typeof Query>;
      return search.handler({ ...input, query: {}, body: withUser(input.body as object, user_principal) });
    },
  };
}

/** The same for the older search, whose body says of which form it is. */
export function toOlderAsUserEndpoint(search: Endpoint): Endpoint {
  return toAsUserEndpoint(search, (request, user) => {
    const { form, body } = request as OlderSearchRequest;
    return { form, body: { ...body, as_user: user } };
  });
}

/** `GET /admin/collections/{readable_id}/user-principals?user_principal=`: the labels that a user's searches carry. */
export function getUserPrincipalsEndpoint(
  deps: SearcherDependencies & { readonly store: Pick<SearchStore, 'findCollection'> },
): Endpoint {
  return defineEndpoint({
    method: 'GET',
    path: '/admin/collections/{readable_id}/user-principals',
    summary: "Tell a user's principals",
    description:
      'The user and all groups that they belong to, by the sources of the collection whose memberships are known. `group:<source connection id>/<id>` is the group of that id in that connection.',
    tags: ['search'],
    access,
    params: z.object({ readable_id: z.string() }),
    query: Query,
    response: z.array(z.string()),
    errors: [404],
    handler: async ({ params, query, caller }) => {
      const collection = await findSearchable(deps.store, caller.scope, params.readable_id);
      return [...((await resolveSearcher(deps, caller, collection.id, query.user_principal)) ?? [])];
    },
  });
}
