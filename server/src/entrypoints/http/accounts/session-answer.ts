import { z } from 'zod';
import { type OpenedSession, type Session, type SignInOrigin, signInMethods } from '../../../core/accounts/index.ts';
import { sessionCookie } from '../request-context.ts';
import type { AccountDependencies } from './account-dependencies.ts';

export const SessionAnswer = z
  .object({
    id: z.guid(),
    method: z.enum(signInMethods),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().describe('Exact to a minute.'),
    expires_at: z.iso.datetime().describe('Earlier after 7 days without a request.'),
    address: z.string().nullable(),
    user_agent: z.string().nullable(),
    is_current: z.boolean().describe('Whether it is the one that asks.'),
  })
  .meta({ id: 'Session' });

export function toSessionAnswer(session: Session, currentId: string | null): z.input<typeof SessionAnswer> {
  return {
    id: session.id,
    method: session.method,
    created_at: session.createdAt.toISOString(),
    last_used_at: session.lastUsedAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    address: session.address,
    user_agent: session.userAgent,
    is_current: session.id === currentId,
  };
}

/** What signing in answers with. */
export const OpenedSessionAnswer = z
  .object({
    token: z.string().describe('For programs, as `Authorization: Bearer`. Browsers have it as a cookie.'),
    expires_at: z.iso.datetime(),
    user_id: z.guid(),
    email: z.string(),
  })
  .meta({ id: 'OpenedSession' });

/** The session in the body, and as a cookie for the browser. */
export function toOpenedSessionResponse(
  opened: OpenedSession,
  { apiUrl }: Pick<AccountDependencies, 'apiUrl'>,
): Response {
  const body: z.input<typeof OpenedSessionAnswer> = {
    token: opened.token,
    expires_at: opened.session.expiresAt.toISOString(),
    user_id: opened.user.id,
    email: opened.user.email,
  };
  return Response.json(body, {
    headers: { 'Cache-Control': 'no-store', 'Set-Cookie': cookieOf(opened, apiUrl()) },
  });
}

/** Sends a browser that has signed in to the dashboard. */
export function toDashboard(opened: OpenedSession, { apiUrl }: Pick<AccountDependencies, 'apiUrl'>): Response {
  const headers = { Location: '/app/', 'Cache-Control': 'no-store', 'Set-Cookie': cookieOf(opened, apiUrl()) };
  return new Response(null, { status: 303, headers });
}

/** Takes the cookie away. */
export function withoutCookie(apiUrl: string): string {
  return sessionCookie('', { isSecure: isHttps(apiUrl), expiresAt: new Date(0) });
}

export function isHttps(apiUrl: string): boolean {
  return apiUrl.startsWith('https:');
}

/** From where a request comes, as sessions and the audit log name it. */
export function originOf(input: {
  readonly request: Request;
  readonly requestId: string;
  readonly address: string | null;
}): SignInOrigin {
  const { request, requestId, address } = input;
  return { requestId, address, userAgent: request.headers.get('user-agent') };
}

function cookieOf({ token, session }: OpenedSession, apiUrl: string): string {
  return sessionCookie(token, { isSecure: isHttps(apiUrl), expiresAt: session.expiresAt });
}
