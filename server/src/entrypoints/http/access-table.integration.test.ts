import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type KeyScope, keyScopes, type Role, roles } from '../../core/access/index.ts';
import type { Endpoint } from './endpoint.ts';
import { listEndpoints } from './routes.ts';
import { type AccountFixture, createAccountFixture } from './testing/account-fixture.ts';
import { withoutDependencies } from './testing/without-dependencies.ts';

/*
 * Who may call what, written out: an endpoint that is not in this table, or that lets in others than it says, fails. The people
 * here are plain members of one organisation; nobody of them administers the whole server.
 */

interface Audience {
  readonly roles: readonly Role[];
  /** Keys with one of these scopes; a key without scopes may what `admin` may. */
  readonly keys: readonly KeyScope[];
  readonly isForNobodyKnown?: boolean;
}

const everyRole = roles;
const audiences = {
  everyone: { roles: everyRole, keys: keyScopes, isForNobodyKnown: true },
  people: { roles: everyRole, keys: [] },
  owners: { roles: ['owner'], keys: [] },
  ownersAndAdmins: { roles: ['owner', 'admin'], keys: [] },
  members: { roles: everyRole, keys: [] },
  search: { roles: everyRole, keys: ['search', 'admin'] },
  read: { roles: everyRole, keys: ['read', 'write', 'admin'] },
  write: { roles: everyRole, keys: ['write', 'admin'] },
  admin: { roles: ['owner', 'admin'], keys: ['admin'] },
  platformAdmins: { roles: [], keys: [] },
  platformAdminsOrAdminKeys: { roles: [], keys: ['admin'] },
  connectSessions: { roles: [], keys: [] },
  operator: { roles: [], keys: [] },
} as const satisfies Readonly<Record<string, Audience>>;

const table: Readonly<Record<keyof typeof audiences, readonly string[]>> = {
  everyone: [
    'GET /',
    'GET /app',
    'GET /app/*',
    'GET /app/collections/{collection}',
    'GET /auth/oidc/callback',
    'GET /auth/oidc/start',
    'GET /auth/pages/first-owner',
    'GET /auth/pages/invitation',
    'GET /auth/pages/reset-password',
    'GET /auth/pages/sign-in',
    'GET /collections/internal/filter-schema',
    'GET /docs',
    'GET /docs/favicon-32x32.png',
    'GET /docs/start.js',
    'GET /docs/swagger-ui-bundle.js',
    'GET /docs/swagger-ui.css',
    'GET /entities/definitions/by-source',
    'GET /health',
    'GET /health/live',
    'GET /health/ready',
    'GET /openapi.json',
    'GET /redoc',
    'GET /source-connections/authorize/{code}',
    'GET /source-connections/callback',
    'POST /auth/first-owner',
    'POST /auth/invitation',
    'POST /auth/pages/first-owner',
    'POST /auth/pages/invitation',
    'POST /auth/pages/reset-password',
    'POST /auth/pages/sign-in',
    'POST /auth/reset-password',
    'POST /auth/sign-in',
    'POST /billing/webhook',
  ],
  people: [
    'DELETE /auth/sessions/{session_id}',
    'GET /auth/session',
    'GET /auth/sessions',
    'GET /organizations',
    'GET /users',
    'GET /users/me/organizations',
    'POST /auth/invitation/join',
    'POST /auth/password',
    'POST /auth/second-factor',
    'POST /auth/second-factor/confirm',
    'POST /auth/second-factor/disable',
    'POST /auth/sessions/end-others',
    'POST /auth/sign-out',
    'POST /organizations',
    'POST /users/create_or_update',
  ],
  owners: [
    'DELETE /organizations/{organization_id}',
    'GET /audit-log',
    'GET /audit-log/export',
    'GET /audit-log/settings',
    'PUT /audit-log/settings',
  ],
  ownersAndAdmins: [
    'DELETE /admin/persons/{email}',
    'DELETE /api-keys',
    'DELETE /auth-providers/{readable_id}',
    'DELETE /organizations/{organization_id}/invitations/{invitation_id}',
    'DELETE /organizations/{organization_id}/members/{user_id}',
    'DELETE /source-rate-limits/{source_short_name}',
    'GET /admin/persons/{email}/export',
    'GET /api-keys',
    'GET /api-keys/{id}',
    'PATCH /organizations/{organization_id}/members/{user_id}',
    'POST /api-keys',
    'POST /api-keys/{id}/rotate',
    'POST /auth-providers',
    'POST /billing/cancel',
    'POST /billing/cancel-plan-change',
    'POST /billing/checkout-session',
    'POST /billing/portal-session',
    'POST /billing/reactivate',
    'POST /billing/update-plan',
    'POST /billing/yearly/checkout-session',
    'POST /organizations/{organization_id}/invite',
    'POST /organizations/{organization_id}/members/{user_id}/reset-link',
    'PUT /auth-providers/{readable_id}',
    'PUT /organizations/{organization_id}',
    'PUT /source-rate-limits/{source_short_name}',
  ],
  members: [
    'GET /organizations/{organization_id}',
    'GET /organizations/{organization_id}/invitations',
    'GET /organizations/{organization_id}/members',
    'POST /organizations/{organization_id}/leave',
    'POST /organizations/{organization_id}/set-primary',
  ],
  search: [
    'GET /collections/{readable_id}/filter-schema',
    'GET /collections/{readable_id}/freshness',
    'GET /collections/{readable_id}/search',
    'POST /collections/{readable_id}/count',
    'POST /collections/{readable_id}/facets',
    'POST /collections/{readable_id}/feedback',
    'POST /collections/{readable_id}/find',
    'POST /collections/{readable_id}/list',
    'POST /collections/{readable_id}/open',
    'POST /collections/{readable_id}/search',
    'POST /collections/{readable_id}/search/agentic',
    'POST /collections/{readable_id}/search/agentic/stream',
    'POST /collections/{readable_id}/search/classic',
    'POST /collections/{readable_id}/search/instant',
    'POST /collections/{readable_id}/search/stream',
    'POST /search/classic',
    'POST /search/instant',
  ],
  read: [
    'GET /auth-providers/connections',
    'GET /auth-providers/connections/{readable_id}',
    'GET /auth-providers/detail/{short_name}',
    'GET /auth-providers/list',
    'GET /billing/subscription',
    'GET /collections',
    'GET /collections/count',
    'GET /collections/{readable_id}',
    'GET /collections/{readable_id}/documents',
    'GET /collections/{readable_id}/documents/{document_id}',
    'GET /collections/{readable_id}/documents/{document_id}/chunks',
    'GET /collections/{readable_id}/documents/{document_id}/raw',
    'GET /collections/{readable_id}/reindex',
    'GET /entity-counts/syncs/{sync_id}/counts',
    'GET /entity-counts/syncs/{sync_id}/total-count',
    'GET /files',
    'GET /files/{entity_id}',
    'GET /files/{entity_id}/content',
    'GET /models',
    'GET /source-connections',
    'GET /source-connections/{source_connection_id}',
    'GET /source-connections/{source_connection_id}/browse-tree',
    'GET /source-connections/{source_connection_id}/browse-tree/selections',
    'GET /source-connections/{source_connection_id}/failures',
    'GET /source-connections/{source_connection_id}/jobs',
    'GET /source-connections/{source_connection_id}/jobs/{job_id}',
    'GET /source-connections/{source_connection_id}/jobs/{job_id}/log',
    'GET /source-connections/{source_connection_id}/sync-id',
    'GET /source-rate-limits',
    'GET /sources',
    'GET /sources/{short_name}',
    'GET /sync/job/{job_id}/subscribe',
    'GET /sync/job/{job_id}/subscribe-state',
    'GET /usage/check-action',
    'GET /usage/dashboard',
    'GET /webhooks/messages',
    'GET /webhooks/messages/{message_id}',
    'GET /webhooks/subscriptions',
    'GET /webhooks/subscriptions/{subscription_id}',
    'GET /webhooks/subscriptions/{subscription_id}/recoveries/{recovery_id}',
    'POST /files/batch-download',
    'POST /source-connections/schedule-preview',
    'POST /usage/check-actions',
  ],
  write: [
    'DELETE /collections/{readable_id}',
    'DELETE /collections/{readable_id}/documents/{document_id}',
    'DELETE /connect/sessions/{session_id}',
    'DELETE /source-connections/{source_connection_id}',
    'DELETE /webhooks/subscriptions/{subscription_id}',
    'PATCH /collections/{readable_id}',
    'PATCH /source-connections/{source_connection_id}',
    'PATCH /webhooks/subscriptions/{subscription_id}',
    'POST /collections',
    'POST /collections/{readable_id}/documents',
    'POST /collections/{readable_id}/documents/{document_id}/exclude',
    'POST /collections/{readable_id}/documents/{document_id}/include',
    'POST /collections/{readable_id}/documents/{document_id}/retry',
    'POST /collections/{readable_id}/refresh_all',
    'POST /collections/{readable_id}/reindex',
    'POST /collections/{readable_id}/reindex/cancel',
    'POST /connect/sessions',
    'POST /source-connections',
    'POST /source-connections/{source_connection_id}/browse-tree/select',
    'POST /source-connections/{source_connection_id}/deletions/confirm',
    'POST /source-connections/{source_connection_id}/deletions/reject',
    'POST /source-connections/{source_connection_id}/failures/retry',
    'POST /source-connections/{source_connection_id}/jobs/{job_id}/cancel',
    'POST /source-connections/{source_connection_id}/pause',
    'POST /source-connections/{source_connection_id}/reinitiate-oauth',
    'POST /source-connections/{source_connection_id}/resume',
    'POST /source-connections/{source_connection_id}/run',
    'POST /source-connections/{source_connection_id}/verify-oauth',
    'POST /webhooks/messages/{message_id}/resend',
    'POST /webhooks/subscriptions',
    'POST /webhooks/subscriptions/{subscription_id}/recover',
    'POST /webhooks/subscriptions/{subscription_id}/rotate-secret',
    'POST /webhooks/subscriptions/{subscription_id}/test',
    'PUT /collections/{readable_id}/memberships',
  ],
  admin: [
    'GET /admin/collections/{readable_id}/user-principals',
    'GET /collections/{readable_id}/evaluation-set',
    'GET /collections/{readable_id}/insights',
    'GET /metrics',
    'GET /query-log',
    'POST /admin/collections/{readable_id}/search/agentic/as-user',
    'POST /admin/collections/{readable_id}/search/as-user',
    'POST /admin/collections/{readable_id}/search/classic/as-user',
    'POST /admin/collections/{readable_id}/search/instant/as-user',
    'POST /models/test',
    'PUT /query-log',
  ],
  platformAdmins: [
    'DELETE /admin/organizations/{organization_id}/limits',
    'GET /admin/feature-flags',
    'GET /admin/organizations',
    'GET /admin/organizations/{organization_id}/limits',
    'POST /admin/collections/{readable_id}/search/agentic/stream',
    'POST /admin/organizations/{organization_id}/add-self',
    'POST /admin/organizations/{organization_id}/feature-flags/{flag}/disable',
    'POST /admin/organizations/{organization_id}/feature-flags/{flag}/enable',
    'PUT /admin/organizations/{organization_id}/limits',
  ],
  platformAdminsOrAdminKeys: [
    'DELETE /admin/source-connections/{source_connection_id}/cursor',
    'DELETE /admin/syncs/{sync_id}',
    'GET /admin/source-connections/{source_connection_id}/cursor',
    'GET /admin/syncs',
    'POST /admin/resync/{sync_id}',
    'POST /admin/sync-jobs/{job_id}/cancel',
    'POST /admin/syncs/{sync_id}/cancel',
  ],
  connectSessions: [
    'DELETE /connect/source-connections/{connection_id}',
    'GET /connect/sessions/{session_id}',
    'GET /connect/source-connections',
    'GET /connect/source-connections/{connection_id}',
    'GET /connect/source-connections/{connection_id}/jobs',
    'GET /connect/source-connections/{connection_id}/subscribe',
    'GET /connect/sources',
    'GET /connect/sources/{short_name}',
    'POST /connect/source-connections',
    'POST /connect/source-connections/{connection_id}/reinitiate-oauth',
    'POST /connect/source-connections/{connection_id}/verify-oauth',
  ],
  operator: [
    'GET /backup',
    'GET /index-move',
    'POST /auth/first-owner-link',
    'POST /auth/reset-link',
    'POST /index-move',
  ],
};

const nameOf = ({ method, path }: Pick<Endpoint, 'method' | 'path'>) => `${method} ${path}`;
const served = listEndpoints(withoutDependencies({}));
/** Gets as far as the handler, whatever is asked. */
const reached = 299;
const bare = served.map((endpoint) => ({
  ...endpoint,
  ...{ params: undefined, query: undefined, headers: undefined, body: undefined, uploads: [], audit: undefined },
  response: z.unknown(),
  handler: () => new Response(null, { status: reached }),
}));

describe('the table of access', () => {
  let fixture: AccountFixture;
  /** By what they are, how each shows who they are. */
  const callers = new Map<string, { readonly bearer?: string; readonly key?: string }>();
  beforeAll(async () => {
    fixture = await createAccountFixture({ only: bare });
    callers.set('nobody', {});
    for (const role of roles) callers.set(role, { bearer: (await fixture.createPerson(role, role)).token });
    for (const scope of keyScopes) callers.set(`key:${scope}`, { key: await fixture.createKey({ scopes: [scope] }) });
    callers.set('key', { key: await fixture.createKey() });
    callers.set('operator', { bearer: fixture.operatorToken });
  });
  afterAll(() => fixture.close());

  test('names every endpoint once, and nothing else', () => {
    expect(Object.values(table).flat().toSorted()).toEqual(served.map(nameOf).toSorted());
  });

  const cases = Object.entries(table).flatMap(([audience, names]) =>
    names.map((name) => [name, audience as keyof typeof audiences] as const),
  );
  test.each(cases)('%s is for %s', async (name, audience) => {
    const [method = '', path = ''] = name.split(' ');
    const organizationId = fixture.owner.organization.id;
    const address = path
      .replaceAll('{organization_id}', organizationId)
      .replaceAll(/\{[a-z_]+\}/g, '00000000-0000-4000-8000-000000000000')
      .replace('*', 'index.html');
    const letIn: string[] = [];
    for (const [who, credentials] of callers) {
      // Through a proxy, since processes on this machine may read the metrics.
      const headers = { 'x-forwarded-for': '203.0.113.7' };
      const { status } = await fixture.ask(method, address, { headers, ...credentials });
      if (status === reached) letIn.push(who);
      else expect([who, [401, 403, 422]]).toEqual([who, expect.arrayContaining([status])]);
    }
    expect(letIn.toSorted()).toEqual(expectedOf(audience).toSorted());
  });
});

function expectedOf(name: keyof typeof audiences): readonly string[] {
  const audience: Audience = audiences[name];
  const keys = audience.keys.map((scope) => `key:${scope}`);
  const hasUnlimitedKey = audience.keys.includes('admin');
  return [
    ...(audience.isForNobodyKnown ? ['nobody'] : []),
    ...audience.roles,
    ...keys,
    ...(hasUnlimitedKey ? ['key'] : []),
    // Whoever has the machine may everything but what a widget's own token is for.
    ...(name === 'connectSessions' ? [] : ['operator']),
  ];
}
