import { afterAll, beforeAll, expect, test } from 'vitest';
import { createQuotaStore } from '../../adapters/postgres/quota-store.ts';
import { createRateWindows } from '../../adapters/postgres/rate-windows.ts';
import { RequestLimiter, UsageMeter, unlimited } from '../../core/quotas/index.ts';
import { silentLogger } from '../../core/shared/index.ts';
import { healthEndpoints } from './health/health-endpoints.ts';
import { type Answer, createHttpFixture, type HttpFixture } from './testing/http-fixture.ts';
import { usageEndpoints } from './usage/usage-endpoints.ts';

let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await createHttpFixture({
    endpoints: (database) => {
      const quotas = createQuotaStore(database, unlimited);
      return [
        ...usageEndpoints({ quotas, usage: new UsageMeter({ store: quotas, logger: silentLogger }) }),
        ...healthEndpoints({ checks: [], isShuttingDown: () => false }),
      ];
    },
    requestLimiter: (database) =>
      new RequestLimiter({
        store: createQuotaStore(database, { ...unlimited, requestsPerMinute: 3 }),
        windows: createRateWindows(database),
        logger: silentLogger,
      }),
  });
});
afterAll(() => fixture?.close());

const headersOf = ({ headers }: Answer) =>
  ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'].map((name) => headers.get(name));

test('every answer of an endpoint of an organization tells the limit, also those that refuse, until there is nothing left', async () => {
  const key = await fixture.createKey();
  const another = await fixture.createKey({ scopes: ['search'] });
  const now = () => Math.floor(Date.now() / 1000);
  const [limit, remaining, reset] = headersOf(await fixture.ask('GET', '/usage/dashboard', { key }));
  expect([limit, remaining]).toEqual(['3', '2']);
  expect(Math.abs(Number(reset) - now())).toBeLessThanOrEqual(5);

  const invalid = await fixture.ask('GET', '/usage/check-action', { key });
  expect([invalid.status, ...headersOf(invalid).slice(0, 2)]).toEqual([422, '3', '1']);
  const forbidden = await fixture.ask('GET', '/usage/dashboard', { key: another });
  expect([forbidden.status, ...headersOf(forbidden).slice(0, 2)]).toEqual([403, '3', '0']);

  for (const each of [key, another]) {
    const refused = await fixture.ask('GET', '/usage/check-action', { key: each });
    expect([refused.status, ...headersOf(refused).slice(0, 2)]).toEqual([429, '3', '0']);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(refused.body).toEqual({ detail: `Rate limit exceeded. Try again in ${seconds} seconds.` });
  }
});

test('people, other organizations and endpoints without one are not counted', async () => {
  const operator = await fixture.ask('GET', '/usage/dashboard', { bearer: fixture.operatorToken });
  expect([operator.status, ...headersOf(operator).slice(0, 2)]).toEqual([200, '9999', '9999']);
  const theirs = await fixture.ask('GET', '/usage/dashboard', { key: fixture.foreign.key });
  expect(headersOf(theirs).slice(0, 2)).toEqual(['3', '2']);
  expect(headersOf(await fixture.ask('GET', '/health'))).toEqual([null, null, null]);
  expect(headersOf(await fixture.ask('GET', '/usage/dashboard'))).toEqual([null, null, null]);
});
