import { expect, test } from 'vitest';
import { createAuditLog } from '../../../adapters/postgres/audit-log.ts';
import { Scope } from '../../../core/shared/index.ts';
import type { Endpoint, EndpointInput } from '../endpoint.ts';
import { createSourceFixture } from '../testing/source-fixture.ts';
import { noteSearchAsUser } from './note-search-as-user.ts';

test('connections that are made, given other credentials and deleted stand in the audit log, and refused calls do not', async () => {
  const fixture = await createSourceFixture();
  try {
    await fixture.createCollection('papers');
    const { id } = (await fixture.connect('papers')).body;
    await fixture.call('PATCH', `/source-connections/${id}`, { name: 'Renamed' });
    await fixture.connect('no-such-collection');
    await fixture.call('DELETE', `/source-connections/${id}`);
    await fixture.call('DELETE', `/source-connections/${id}`);
    const reader = createAuditLog(fixture.database);
    const page = { before: null, limit: 100 };
    const records = await reader.list(new Scope(fixture.owner.organization.id), { objectId: id }, page);
    expect(records.map(({ action, actorKind, details }) => [action, actorKind, details])).toEqual([
      ['source_connection.deleted', 'api_key', {}],
      ['source_connection.updated', 'api_key', { fields: ['name'] }],
      ['source_connection.created', 'api_key', { source: 'stub' }],
    ]);
    const all = await reader.list(new Scope(fixture.owner.organization.id), { objectType: 'source_connection' }, page);
    expect(all).toHaveLength(3);
  } finally {
    await fixture.close();
  }
});

test('a search with another user’s eyes is noted, wherever the user is named, and others are not', () => {
  const search = noteSearchAsUser({
    ...({} as Endpoint),
    path: '/collections/{readable_id}/search',
  });
  const entryOf = (given: Partial<EndpointInput<unknown, unknown, unknown, unknown, null>>) =>
    search.audit?.(
      { params: { readable_id: 'papers' }, ...given } as Parameters<NonNullable<typeof search.audit>>[0],
      {},
    );
  const entry = {
    ...{ action: 'search.as_user', objectType: 'collection', objectId: 'papers' },
    details: { as_user: 'ada@example.com' },
  };
  expect(entryOf({ body: { query: 'x', as_user: 'ada@example.com' } })).toEqual(entry);
  expect(entryOf({ query: { as_user: 'ada@example.com' } })).toEqual(entry);
  expect(entryOf({ body: { query: 'x' }, query: { user_principal: 'ada@example.com' } })).toEqual(entry);
  expect(entryOf({ body: { query: 'x', as_user: null }, query: {} })).toBeNull();
  expect(entryOf({ body: undefined, query: undefined })).toBeNull();
});
