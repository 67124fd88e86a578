import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
let connection: string;
let sync: string;
const nobody = '00000000-0000-4000-8000-000000000000';
beforeAll(async () => {
  fixture = await createSourceFixture();
  await fixture.createCollection('papers');
  connection = (await fixture.connect('papers', { sync_immediately: false })).body.id;
  sync = (await fixture.call('GET', `/source-connections/${connection}/sync-id`)).body.sync_id;
}, 60_000);
afterAll(() => fixture?.close());

const asOperator = (method: string, path: string, body?: unknown) =>
  fixture.ask(method, path, { bearer: fixture.operatorToken, body });
const switchKeys = (word: 'enable' | 'disable') =>
  asOperator('POST', `/admin/organizations/${fixture.owner.organization.id}/feature-flags/api_key_admin_sync/${word}`);

describe('feature flags', () => {
  test('are listed, switched, and shown with the organization', async () => {
    const flags = (await asOperator('GET', '/admin/feature-flags')).body;
    expect(flags).toContainEqual({ name: 'SOURCE_RATE_LIMITING', value: 'source_rate_limiting' });
    expect(await switchKeys('enable')).toMatchObject({
      status: 200,
      body: { organization_id: fixture.owner.organization.id, message: expect.stringContaining('enabled') },
    });
    const ours = async () =>
      (await asOperator('GET', '/admin/organizations?search=OURS')).body[0].enabled_features as string[];
    expect(await ours()).toContain('api_key_admin_sync');
    await switchKeys('disable');
    expect(await ours()).not.toContain('api_key_admin_sync');
  });

  test('that do not exist are refused, and organizations that do not are not found', async () => {
    const path = (organization: string, flag: string) =>
      `/admin/organizations/${organization}/feature-flags/${flag}/enable`;
    expect((await asOperator('POST', path(fixture.owner.organization.id, 'nonsense'))).status).toBe(400);
    expect((await asOperator('POST', path(nobody, 'connect'))).status).toBe(404);
    expect((await asOperator('POST', path('nonsense', 'connect'))).status).toBe(422);
  });
});

describe('organizations', () => {
  test('are listed with what they use, sorted and page by page', async () => {
    const { body } = await asOperator('GET', '/admin/organizations?sort_by=source_connection_count');
    expect(body.map(({ name }: { name: string }) => name)).toEqual(['Ours', 'Theirs']);
    expect(body[0]).toMatchObject({ user_count: 1, source_connection_count: 1, is_member: true, member_role: 'owner' });
    expect(body[1]).toMatchObject({ source_connection_count: 0, is_member: false, member_role: null });
    const second = await asOperator('GET', '/admin/organizations?sort_by=name&sort_order=asc&skip=1&limit=1');
    expect(second.body.map(({ name }: { name: string }) => name)).toEqual(['Theirs']);
    for (const query of ['limit=0', 'limit=10001', 'skip=-1', 'sort_by=secrets', 'sort_order=up']) {
      expect((await asOperator('GET', `/admin/organizations?${query}`)).status, query).toBe(422);
    }
  });

  test('take the administrator as a member', async () => {
    const path = `/admin/organizations/${fixture.foreign.caller.scope.organizationId}/add-self`;
    expect((await asOperator('POST', `${path}?role=emperor`)).status).toBe(400);
    expect(await asOperator('POST', `${path}?role=member`)).toMatchObject({
      status: 200,
      body: { name: 'Theirs', role: 'member', is_primary: false },
    });
    expect((await asOperator('POST', path)).body).toMatchObject({ role: 'owner' });
    expect((await asOperator('POST', `/admin/organizations/${nobody}/add-self`)).status).toBe(404);
  });
});

describe('syncs', () => {
  test('are listed by what they are', async () => {
    const idsOf = async (query: string) =>
      (await asOperator('GET', `/admin/syncs?${query}`)).body.map(({ id }: { id: string }) => id);
    expect((await asOperator('GET', '/admin/syncs?include_arf_counts=true')).body).toMatchObject([
      {
        id: sync,
        organization_name: 'Ours',
        source_connection_id: connection,
        source_short_name: 'stub',
        readable_collection_id: 'papers',
        total_entity_count: 0,
        total_arf_entity_count: 0,
        total_vespa_entity_count: null,
        last_job_status: null,
      },
    ]);
    for (const query of [
      'source_type=stub',
      'collection_id=papers',
      `sync_ids=${sync},${nobody}`,
      'status=active',
      'is_authenticated=true',
    ]) {
      expect(await idsOf(query), query).toEqual([sync]);
    }
    for (const query of [
      'source_type=files',
      'is_authenticated=false',
      `organization_id=${nobody}`,
      'last_job_status=failed',
      'ghost_syncs_last_n=1',
      'tags=a',
      'has_source_connection=false',
      `sync_ids=${nobody}`,
    ]) {
      expect(await idsOf(query), query).toEqual([]);
    }
    for (const [query, status] of [
      ['sync_ids=nonsense', 400],
      ['limit=1001', 422],
      ['ghost_syncs_last_n=0', 422],
    ] as const) {
      expect((await asOperator('GET', `/admin/syncs?${query}`)).status, query).toBe(status);
    }
  });

  test('are read anew and cancelled, by sync and by job', async () => {
    expect((await asOperator('POST', `/admin/syncs/${sync}/cancel`)).body).toMatchObject({
      total_jobs: 0,
      cancelled: 0,
    });
    const job = await asOperator('POST', `/admin/resync/${sync}`, {});
    expect(job).toMatchObject({ status: 200, body: { sync_id: sync, status: 'pending' } });
    expect((await asOperator('POST', `/admin/resync/${sync}`)).status).toBe(400);
    expect((await asOperator('POST', `/admin/sync-jobs/${job.body.id}/cancel`)).body).toMatchObject({
      id: job.body.id,
      status: 'cancelled',
    });
    expect((await asOperator('POST', `/admin/sync-jobs/${job.body.id}/cancel`)).status).toBe(400);
    await asOperator('POST', `/admin/resync/${sync}`);
    expect((await asOperator('POST', `/admin/syncs/${sync}/cancel`)).body).toMatchObject({
      total_jobs: 1,
      cancelled: 1,
    });
    for (const path of [
      `/admin/resync/${nobody}`,
      `/admin/syncs/${nobody}/cancel`,
      `/admin/sync-jobs/${nobody}/cancel`,
    ]) {
      expect((await asOperator('POST', path)).status, path).toBe(404);
    }
  });

  test('lose their cursor, and then have none', async () => {
    const path = `/admin/source-connections/${connection}/cursor`;
    expect((await asOperator('GET', path)).status).toBe(404);
    await fixture.database
      .system()
      .updateTable('syncs')
      .set({ cursors: JSON.stringify({ pages: { at: 7 } }) })
      .where('id', '=', sync)
      .execute();
    expect((await asOperator('GET', path)).body).toMatchObject({ sync_id: sync, cursor_data: { pages: { at: 7 } } });
    expect((await asOperator('DELETE', path)).body).toMatchObject({ sync_id: sync, deleted: true });
    expect((await asOperator('DELETE', path)).body).toMatchObject({ deleted: false });
    expect((await asOperator('GET', `/admin/source-connections/${nobody}/cursor`)).status).toBe(404);
  });

  test('are reached by a key of their organization only where that is switched on, and by no other', async () => {
    const cancel = `/admin/syncs/${sync}/cancel`;
    expect((await fixture.call('POST', cancel)).status).toBe(403);
    await switchKeys('enable');
    expect((await fixture.call('POST', cancel)).status).toBe(200);
    expect((await fixture.call('GET', '/admin/syncs')).body).toHaveLength(1);
    const limited = await fixture.createKey({ collections: ['papers'] });
    expect((await fixture.ask('POST', cancel, { key: limited })).status).toBe(403);
    const theirs = fixture.foreign.caller.scope.organizationId;
    await asOperator('POST', `/admin/organizations/${theirs}/feature-flags/api_key_admin_sync/enable`);
    expect((await fixture.ask('POST', cancel, { key: fixture.foreign.key })).status).toBe(404);
    expect((await fixture.ask('GET', '/admin/syncs', { key: fixture.foreign.key })).body).toEqual([]);
    await switchKeys('disable');
  });

  test('are deleted with their connection', async () => {
    const other = (await fixture.connect('papers')).body.id;
    const otherSync = (await fixture.call('GET', `/source-connections/${other}/sync-id`)).body.sync_id;
    expect(await asOperator('DELETE', `/admin/syncs/${otherSync}`)).toMatchObject({
      status: 200,
      body: { sync_id: otherSync, deleted_source_connection_id: other },
    });
    expect((await fixture.call('GET', `/source-connections/${other}`)).status).toBe(404);
    expect((await asOperator('DELETE', `/admin/syncs/${otherSync}`)).status).toBe(404);
  });
});
