import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectRefusals } from '../testing/expect-refusals.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
let limits: string;
beforeAll(async () => {
  fixture = await createSourceFixture();
  await fixture.createCollection('papers');
  limits = `/admin/organizations/${fixture.owner.organization.id}/limits`;
});
afterAll(() => fixture?.close());

const asOperator = (method: string, path: string, body?: unknown) =>
  fixture.ask(method, path, { bearer: fixture.operatorToken, body });
const search = () => fixture.call('POST', '/collections/papers/search/instant', { query: 'anything' });

test('every endpoint of these refuses who may not call it', async () => {
  const paths = ['/usage/', '/source-rate-limits', '/billing/', '/files', '/admin/'];
  const ours = fixture.endpoints.filter(({ path }) => paths.some((start) => path.startsWith(start)));
  expect(ours.length).toBeGreaterThan(30);
  for (const endpoint of ours) await expectRefusals(fixture, endpoint);
});

describe('limits that an operator sets', () => {
  test('hold for searches, connections and checks at once, and are taken back', async () => {
    const body = { max_queries: 1, max_source_connections: 0, max_entities: 0 };
    expect(await asOperator('PUT', limits, body)).toMatchObject({ status: 200, body: { ...body, max_tokens: null } });
    expect((await search()).status).toBe(200);
    expect(await search()).toMatchObject({
      status: 400,
      body: { detail: expect.stringMatching(/^Usage limit exceeded: .+ 1 of 1 searches this month/) },
    });
    expect(await fixture.connect('papers')).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('0 of 0 source connections') },
    });
    expect(await fixture.call('GET', '/usage/check-action?action=queries')).toMatchObject({
      status: 200,
      body: {
        allowed: false,
        action: 'queries',
        reason: 'usage_limit_exceeded',
        details: { current_usage: 1, limit: 1, message: expect.any(String) },
      },
    });
    expect((await asOperator('PUT', limits, { max_queries: null })).body).toMatchObject({
      max_queries: null,
      max_source_connections: 0,
    });
    expect((await search()).status).toBe(200);
    expect((await asOperator('DELETE', limits)).body).toMatchObject({ max_source_connections: null });
    expect((await asOperator('GET', limits)).body).toMatchObject({ max_source_connections: null });
    expect((await fixture.connect('papers')).status).toBe(200);
  });

  test.each([
    ['a limit that does not exist', { max_everything: 1 }],
    ['a number below zero', { max_queries: -1 }],
    ['no requests at all', { requests_per_minute: 0 }],
    ['text', { max_queries: 'many' }],
    ['a list', []],
  ])('are refused with %s', async (_name, body) => {
    expect((await asOperator('PUT', limits, body)).status).toBe(422);
  });

  test('are not found for an organization that is not there', async () => {
    const path = '/admin/organizations/00000000-0000-4000-8000-000000000000/limits';
    for (const method of ['GET', 'PUT', 'DELETE']) {
      expect((await asOperator(method, path, method === 'PUT' ? {} : undefined)).status).toBe(404);
    }
  });
});

describe('checks', () => {
  test('allow everything where nothing is limited, and refuse what does not exist without an error', async () => {
    const actions = { entities: 1_000_000, queries: 1, team_members: 0, nonsense: 1 };
    const { status, body } = await fixture.call('POST', '/usage/check-actions', { actions });
    expect(status).toBe(200);
    expect(body.results.entities).toEqual({ allowed: true, action: 'entities', reason: null, details: null });
    expect(body.results.nonsense).toMatchObject({ allowed: false, reason: 'usage_limit_exceeded' });
    expect(Object.keys(body.results)).toEqual(Object.keys(actions));
  });

  test.each([
    '/usage/check-action',
    '/usage/check-action?action=queries&amount=0',
    '/usage/check-action?action=a&amount=x',
  ])('refuse %s', async (path) => {
    expect((await fixture.call('GET', path)).status).toBe(422);
  });

  test.each([[{}], [{ actions: [] }], [{ actions: { queries: 'one' } }], [{ actions: { queries: -1 } }], ['nonsense']])(
    'refuse the body %j',
    async (body) => {
      expect((await fixture.call('POST', '/usage/check-actions', body)).status).toBe(422);
    },
  );
});

describe('the dashboard', () => {
  test('has real numbers in the shape of a server without billing', async () => {
    const { status, body } = await fixture.call('GET', '/usage/dashboard');
    expect(status).toBe(200);
    expect(body.current_period).toMatchObject({
      period_id: '00000000-0000-0000-0000-000000000000',
      status: 'legacy',
      plan: 'legacy',
      is_current: true,
      daily_usage: [],
      usage: { queries: 2, source_connections: 1, team_members: 1, max_queries: null, max_entities: null },
    });
    expect(body).toMatchObject({ previous_periods: [], total_queries_all_time: 2 });
    expect(body.trends.map(({ metric }: { metric: string }) => metric)).toEqual(['entities', 'queries']);
  });

  test('of another organization is its own, and an unknown period is not found', async () => {
    const theirs = await fixture.ask('GET', '/usage/dashboard', { key: fixture.foreign.key });
    expect(theirs.body.current_period.usage).toMatchObject({ queries: 0, source_connections: 0 });
    const period = '11111111-1111-4111-8111-111111111111';
    expect((await fixture.call('GET', `/usage/dashboard?period_id=${period}`)).status).toBe(404);
    expect((await fixture.call('GET', '/usage/dashboard?period_id=may')).status).toBe(422);
  });
});

describe('billing', () => {
  test('says that there is none', async () => {
    expect(await fixture.call('GET', '/billing/subscription')).toMatchObject({
      status: 200,
      body: { is_oss: true, has_active_subscription: false, in_trial: false, limits: { max_queries: null } },
    });
  });

  test('refuses to change what is not there, whatever is sent', async () => {
    for (const path of ['checkout-session', 'yearly/checkout-session', 'portal-session', 'update-plan', 'cancel']) {
      expect(await asOperator('POST', `/billing/${path}`, '{}')).toMatchObject({
        status: 400,
        body: { detail: expect.stringContaining('not part of a self-hosted server') },
      });
    }
    expect(await fixture.ask('POST', '/billing/webhook', { body: {} })).toMatchObject({ status: 400, body: '' });
  });
});
