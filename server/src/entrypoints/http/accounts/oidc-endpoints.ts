import { z } from 'zod';
import { createToken, hashToken } from '../../../core/access/index.ts';
import { openSession, provisionUser } from '../../../core/accounts/index.ts';
import { AppError, isAppError } from '../../../core/shared/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { toErrorAnswer } from '../error-response.ts';
import type { AccountDependencies } from './account-dependencies.ts';
import { toFormPage } from './form-page.ts';
import { isHttps, originOf, toDashboard } from './session-answer.ts';

const page = { method: 'GET', tags: ['pages'], access: 'public', isPage: true, response: z.never() } as const;
const callbackPath = '/auth/oidc/callback';
/** Binds a sign-in to the browser that began it: nobody can send somebody else into an account of their own. */
const browserCookie = 'weft_oidc';
/** How long somebody may stay at the provider. */
const patienceMs = 10 * 60_000;

/** Signing in at the identity provider: the authorisation code flow with PKCE. @see RFC 9700 */
export function oidcEndpoints(dependencies: AccountDependencies): readonly Endpoint[] {
  const { provider, pendingSignIns, accounts, apiUrl } = dependencies;
  if (provider === undefined) return [];
  return [
    defineEndpoint({
      ...page,
      path: '/auth/oidc/start',
      summary: 'Sign in at the identity provider',
      handler: () =>
        orPage(async () => {
          const state = createToken();
          const browser = createToken();
          const { url, pending } = await provider.begin(apiUrl() + callbackPath, state);
          const expiresAt = new Date(Date.now() + patienceMs);
          await pendingSignIns.insert({ state: hashToken(state), browser: hashToken(browser) }, pending, expiresAt);
          const headers = { Location: url, 'Cache-Control': 'no-store', 'Set-Cookie': cookie(browser, apiUrl()) };
          return new Response(null, { status: 303, headers });
        }),
    }),
    defineEndpoint({
      ...page,
      path: callbackPath,
      summary: 'Come back from the identity provider',
      query: z.object({ state: z.string().max(200).optional() }),
      handler: (input) =>
        orPage(async () => {
          const state = input.query.state ?? '';
          const hashes = { state: hashToken(state), browser: hashToken(readCookie(input.request)) };
          const pending = await pendingSignIns.take(hashes, new Date());
          if (pending === undefined) {
            throw new AppError(
              'forbidden',
              'This sign-in was not begun in this browser, is too old, or was finished already. Begin again.',
            );
          }
          const answer = new URL(apiUrl() + callbackPath);
          answer.search = new URL(input.request.url).search;
          const user = await provisionUser(dependencies, await provider.finish(answer, state, pending));
          return toDashboard(await openSession(accounts, user, 'oidc', originOf(input)), dependencies);
        }),
    }),
  ];
}

async function orPage(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    if (!isAppError(error) || error.code === 'internal') throw error;
    return toFormPage({
      title: 'You are not signed in',
      text: error.message,
      status: toErrorAnswer(error).status,
      link: { href: '/auth/oidc/start', text: 'Begin again' },
    });
  }
}

function cookie(value: string, apiUrl: string): string {
  const secure = isHttps(apiUrl) ? '; Secure' : '';
  return `${browserCookie}=${value}; Path=/auth/oidc; HttpOnly; SameSite=Lax; Max-Age=${patienceMs / 1000}${secure}`;
}

function readCookie(request: Request): string {
  return /(?:^|; ?)weft_oidc=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? '';
}
