import { describe, expect, test } from 'vitest';
import { AppError, silentLogger } from '../../../core/shared/index.ts';
import { createApp } from '../create-app.ts';
import { createOriginPolicy } from '../origin-policy.ts';
import { toAuthenticator } from '../testing/to-authenticator.ts';
import { healthEndpoints } from './health-endpoints.ts';
import type { Readiness, ReadinessCheck } from './readiness.ts';

const up: ReadinessCheck = { name: 'database', isCritical: true, check: () => Promise.resolve() };
const failing = (name: string, isCritical: boolean, error: unknown): ReadinessCheck => ({
  name,
  isCritical,
  check: () => Promise.reject(error),
});

interface Report {
  readonly status: string;
  readonly checks: Readonly<Record<string, { readonly error: string | null }>>;
}

async function ask(path: string, readiness: Partial<Readiness> = {}) {
  const endpoints = healthEndpoints({ checks: [], isShuttingDown: () => false, ...readiness });
  const app = createApp(endpoints, {
    logger: silentLogger,
    onAnswered: () => undefined,
    isClosing: () => false,
    authenticator: toAuthenticator(() => Promise.reject(new Error('not asked'))),
    originPolicy: createOriginPolicy({
      isOpen: false,
      boundHost: 'localhost',
      publicUrl: undefined,
      additionalOrigins: [],
    }),
  });
  const response = await app.request(path);
  return { status: response.status, headers: response.headers, body: (await response.json()) as Report };
}

describe('health', () => {
  test('says that the process answers, to anyone', async () => {
    expect(await ask('/health')).toMatchObject({ status: 200, body: { status: 'healthy' } });
    expect(await ask('/health/')).toMatchObject({ status: 200, body: { status: 'healthy' } });
    expect(await ask('/health/live')).toMatchObject({ status: 200, body: { status: 'alive' } });
    expect((await ask('/health')).headers.get('ratelimit-limit')).toBeNull();
  });

  test('is ready when all that is critical is up', async () => {
    const checks = [up, failing('index', false, new AppError('unavailable', 'down'))];
    expect(await ask('/health/ready', { checks })).toMatchObject({
      status: 200,
      body: {
        status: 'ready',
        checks: {
          database: { status: 'up', latency_ms: expect.any(Number), error: null },
          index: { status: 'down', error: 'unavailable' },
        },
      },
    });
  });

  test('is not ready when something critical is down, and says no more than a word about it', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED /secret/socket'), { code: 'ECONNREFUSED' });
    const wrapped = new AppError('unavailable', 'at postgresql://user:password@host', { cause: refused });
    for (const error of [refused, wrapped]) {
      const answer = await ask('/health/ready', { checks: [failing('database', true, error)] });
      expect([answer.status, answer.body.status]).toEqual([503, 'not_ready']);
      expect(answer.body.checks.database?.error).toBe('connection_refused');
      expect(JSON.stringify(answer.body)).not.toMatch(/secret|password/);
    }
  });

  test('is not ready while shutting down, without asking anything', async () => {
    const check = { ...up, check: () => Promise.reject(new Error('asked')) };
    expect(await ask('/health/ready', { checks: [check], isShuttingDown: () => true })).toMatchObject({
      status: 503,
      body: { status: 'not_ready', checks: { database: { status: 'skipped', latency_ms: null, error: null } } },
    });
  });
});
