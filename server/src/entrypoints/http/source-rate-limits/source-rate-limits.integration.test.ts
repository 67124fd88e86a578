import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRateWindows } from '../../../adapters/postgres/rate-windows.ts';
import { createSourceRateLimitStore } from '../../../adapters/postgres/source-rate-limit-store.ts';
import { createSourceRateLimiter, type RateLimitLevel } from '../../../core/quotas/index.ts';
import { newId, Scope, SourceConnectionId } from '../../../core/shared/index.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
beforeAll(async () => {
  fixture = await createSourceFixture();
});
afterAll(() => fixture?.close());

const asOperator = (method: string, path: string, body?: unknown) =>
  fixture.ask(method, path, { bearer: fixture.operatorToken, body });
const scope = () => new Scope(fixture.owner.organization.id);

describe('the endpoints', () => {
  test('set, list and remove a limit', async () => {
    const limit = { limit: 5, window_seconds: 60 };
    const made = await asOperator('PUT', '/source-rate-limits/stub', limit);
    expect(made).toMatchObject({
      status: 200,
      body: { source_short_name: 'stub', ...limit, organization_id: fixture.owner.organization.id },
    });
    const changed = await asOperator('PUT', '/source-rate-limits/stub', { ...limit, limit: 7 });
    expect(changed.body).toMatchObject({ id: made.body.id, limit: 7 });
    const listed = (await fixture.call('GET', '/source-rate-limits')).body;
    expect(listed.find((item: { id: string }) => item.id === made.body.id)).toMatchObject({ limit: 7 });
    const levels = listed.map((item: { rate_limit_level: string | null }) => item.rate_limit_level !== null);
    expect(levels).toEqual([...levels].sort((a: boolean, b: boolean) => Number(b) - Number(a)));
    const theirs = await fixture.ask('GET', '/source-rate-limits', { key: fixture.foreign.key });
    expect(theirs.body.every((item: { limit: number | null }) => item.limit === null)).toBe(true);
    for (let i = 0; i < 2; i++) expect((await asOperator('DELETE', '/source-rate-limits/stub')).status).toBe(204);
  });

  test.each([
    [{}],
    [{ limit: 0, window_seconds: 1 }],
    [{ limit: 1, window_seconds: 0 }],
    [{ limit: 1 }],
    [{ limit: 1.5, window_seconds: 1 }],
  ])('refuse %j', async (body) => {
    expect((await asOperator('PUT', '/source-rate-limits/stub', body)).status).toBe(422);
  });

  test('answer 403 where the feature is switched off, and work again when it is on', async () => {
    const flag = `/admin/organizations/${fixture.owner.organization.id}/feature-flags/source_rate_limiting`;
    expect((await asOperator('POST', `${flag}/disable`)).status).toBe(200);
    expect((await fixture.call('GET', '/source-rate-limits')).status).toBe(403);
    expect((await asOperator('PUT', '/source-rate-limits/stub', { limit: 1, window_seconds: 1 })).status).toBe(403);
    expect((await asOperator('POST', `${flag}/enable`)).status).toBe(200);
    expect((await fixture.call('GET', '/source-rate-limits')).status).toBe(200);
  });
});

describe('the limiter of sources', () => {
  const createLimiter = (level: RateLimitLevel | null, isEnabled = true) =>
    createSourceRateLimiter({
      limits: createSourceRateLimitStore(fixture.database),
      windows: createRateWindows(fixture.database),
      levelOf: () => level,
      isEnabled: async () => isEnabled,
    });
  const one = newId(SourceConnectionId);
  const other = newId(SourceConnectionId);

  test('lets through exactly as many as are allowed, asked by two at once, and says when to come again', async () => {
    await createSourceRateLimitStore(fixture.database).put(scope(), 'a', { maxRequests: 10, windowSeconds: 60 });
    const limiters = [createLimiter('org'), createLimiter('org')];
    const waits = await Promise.all(
      limiters.flatMap((limiter) => Array.from({ length: 20 }, () => limiter.take(scope(), 'a', one))),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(10);
    for (const wait of waits.filter((ms) => ms > 0)) {
      expect(wait).toBeGreaterThanOrEqual(100);
      expect(wait).toBeLessThanOrEqual(60_000);
    }
    expect(await createLimiter('org').take(scope(), 'a', other)).toBeGreaterThan(0);
  });

  test('gives each connection its own allowance where the source has one for each', async () => {
    await createSourceRateLimitStore(fixture.database).put(scope(), 'b', { maxRequests: 1, windowSeconds: 60 });
    const limiter = createLimiter('connection');
    expect(await limiter.take(scope(), 'b', one)).toBe(0);
    expect(await limiter.take(scope(), 'b', other)).toBe(0);
    expect(await limiter.take(scope(), 'b', one)).toBeGreaterThan(0);
  });

  test('lets everything through without a level, a limit or the feature', async () => {
    await createSourceRateLimitStore(fixture.database).put(scope(), 'c', { maxRequests: 1, windowSeconds: 60 });
    for (const limiter of [createLimiter(null), createLimiter('org', false)]) {
      for (let i = 0; i < 3; i++) expect(await limiter.take(scope(), 'c', one)).toBe(0);
    }
    expect(await createLimiter('org').take(scope(), 'unlimited', one)).toBe(0);
    const theirs = fixture.foreign.caller.scope;
    for (let i = 0; i < 3; i++) expect(await createLimiter('org').take(theirs, 'c', one)).toBe(0);
  });
});
