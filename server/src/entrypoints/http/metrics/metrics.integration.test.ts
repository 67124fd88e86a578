import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpFixture, type HttpFixture } from '../testing/http-fixture.ts';
import { getMetricsEndpoint } from './get-metrics.ts';
import { createHttpMetrics } from './http-metrics.ts';

const registry = new Registry();
const observe = createHttpMetrics(registry);
let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await createHttpFixture({ endpoints: () => [getMetricsEndpoint(registry)] });
});
afterAll(() => fixture.close());

describe('metrics', () => {
  test('count requests by route template, with unknown methods as one', async () => {
    observe({ method: 'GET', route: '/collections/{readable_id}', status: 200, durationMs: 3 });
    observe({ method: 'BREW', route: 'unknown', status: 404, durationMs: 1 });
    const { status, body, headers } = await fixture.ask('GET', '/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(body).toContain(
      'weft_http_request_duration_seconds_count{method="GET",route="/collections/{readable_id}",status="200"} 1',
    );
    expect(body).toContain('weft_http_request_duration_seconds_count{method="other",route="unknown",status="404"} 1');
  });

  test('are for this machine or an admin key, and a proxy on this machine is not this machine', async () => {
    const status = async (header: string, key?: string) =>
      (await fixture.ask('GET', '/metrics', { headers: { [header]: '203.0.113.7' }, ...(key ? { key } : {}) })).status;
    for (const header of ['x-forwarded-for', 'forwarded', 'via']) expect(await status(header)).toBe(401);
    expect(await status('via', await fixture.createKey({ scopes: ['read', 'write', 'search'] }))).toBe(403);
    expect(await status('via', await fixture.createKey({ scopes: ['admin'] }))).toBe(200);
    expect(await status('via', await fixture.createKey())).toBe(200);
  });

  test('are not for this machine alone when a proxy stands before the server', async () => {
    const publicUrl = 'https://weft.example.com';
    const behindProxy = await createHttpFixture({ endpoints: () => [getMetricsEndpoint(registry)], publicUrl });
    try {
      expect((await behindProxy.ask('GET', '/metrics')).status).toBe(401);
      expect((await behindProxy.ask('GET', '/metrics', { key: await behindProxy.createKey() })).status).toBe(200);
    } finally {
      await behindProxy.close();
    }
  });
});
