import { expect } from 'vitest';
import type { KeyScope } from '../../../core/access/index.ts';
import type { Endpoint } from '../endpoint.ts';
import type { AskOptions, HttpFixture } from './http-fixture.ts';

/** A key that may do everything but this. */
const without: Readonly<Record<KeyScope, readonly KeyScope[]>> = {
  search: ['read', 'write'],
  read: ['search'],
  write: ['search', 'read'],
  impersonate: ['search', 'read', 'write'],
  admin: ['search', 'read', 'write', 'impersonate'],
};

/**
 * Asks an endpoint as everyone who must be refused: nobody, an unknown, an expired and an insufficient key. The body does not
 * matter, since none of them gets as far as having it looked at.
 */
export async function expectRefusals(fixture: HttpFixture, endpoint: Endpoint): Promise<void> {
  const path = endpoint.path.replaceAll(/\{[a-z_]+\}/g, '00000000-0000-4000-8000-000000000000');
  // Through a proxy, since processes on this machine may read the metrics.
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  const status = async (options: AskOptions) =>
    (await fixture.ask(endpoint.method, path, { headers, ...options })).status;
  const { access } = endpoint;
  const name = `${endpoint.method} ${endpoint.path}`;

  if (access === 'public') return;
  if (access === 'connect') {
    const key = await fixture.createKey();
    expect(await status({ key }), `${name} without a session token`).toBe(422);
    for (const bearer of [key, 'no.token']) expect(await status({ bearer }), `${name} with ${bearer}`).toBe(401);
    return;
  }
  expect(await status({}), `${name} without credentials`).toBe(401);
  if (access === 'user' || access === 'person') {
    expect(await status({ key: await fixture.createKey() }), `${name} with a key`).toBe(401);
    return;
  }
  expect(await status({ key: 'no-such-key' }), `${name} with an unknown key`).toBe(403);
  expect(await status({ key: await fixture.createKey({ isExpired: true }) }), `${name} with an expired key`).toBe(403);
  const isForAdminKeys = access === 'loopback_or_admin' || access === 'platform_admin_or_key';
  const scope = isForAdminKeys ? 'admin' : typeof access === 'object' && 'scope' in access ? access.scope : undefined;
  const insufficient = scope === undefined ? {} : { scopes: without[scope] };
  expect(await status({ key: await fixture.createKey(insufficient) }), `${name} with an insufficient key`).toBe(403);
}

/**
 * Asks for something of the first organisation as the other one, and as a key limited to another collection: both must see
 * what they see for what does not exist, 404.
 */
export async function expectHidden(fixture: HttpFixture, method: string, path: string, body?: unknown): Promise<void> {
  const foreign = await fixture.ask(method, path, { key: fixture.foreign.key, body });
  expect(foreign.status, `${method} ${path} by another organisation`).toBe(404);
  const limited = await fixture.createKey({ collections: ['another-collection'] });
  expect((await fixture.ask(method, path, { key: limited, body })).status, `${method} ${path} by a limited key`).toBe(
    404,
  );
}
