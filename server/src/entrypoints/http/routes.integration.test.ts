import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from './create-app.ts';
import { pathParamNames } from './endpoint.ts';
import { listEndpoints } from './routes.ts';
import { expectRefusals } from './testing/expect-refusals.ts';
import { createHttpFixture, type HttpFixture } from './testing/http-fixture.ts';
import { withoutDependencies } from './testing/without-dependencies.ts';

/** Refused requests get no further than the access rule, so nothing behind it is needed. */
const nothing = withoutDependencies({});
const endpoints = listEndpoints(nothing);
/** Written out, so that opening a route to everyone is a decision that somebody reviews. */
const openToEveryone = [
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
];

describe('every route', () => {
  let fixture: HttpFixture;
  beforeAll(async () => {
    fixture = await createHttpFixture({ endpoints: () => endpoints });
  });
  afterAll(() => fixture.close());

  test('has an access rule, and the public ones are known', () => {
    const isPublic = endpoints.filter((endpoint) => endpoint.access === 'public');
    expect(endpoints.filter((endpoint) => endpoint.access === undefined)).toEqual([]);
    expect(isPublic.map((endpoint) => `${endpoint.method} ${endpoint.path}`).toSorted()).toEqual(openToEveryone);
  });

  test('is served from the list of endpoints and from nowhere else', () => {
    const options = {} as Parameters<typeof createApp>[1];
    const served = createApp(endpoints, options).routes.filter((route) => route.method !== 'ALL');
    expect(served).toHaveLength(endpoints.length);
  });

  test('that names a collection in its path checks that the key may see it', () => {
    const unchecked = endpoints.filter(
      ({ path, access }) =>
        pathParamNames(path).includes('readable_id') &&
        // Connections to auth providers have readable ids of their own.
        !path.startsWith('/auth-providers/') &&
        // No key passes, whatever it is limited to.
        access !== 'platform_admin' &&
        !(typeof access === 'object' && 'scope' in access && access.collectionParam === 'readable_id'),
    );
    expect(unchecked.map(({ path }) => path)).toEqual([]);
  });

  test.each(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
    'refuses wrong callers: %s',
    (_name, endpoint) => expectRefusals(fixture, endpoint),
  );
});
