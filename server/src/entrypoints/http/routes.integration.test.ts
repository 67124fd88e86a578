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

describe('every route', () => {
  let fixture: HttpFixture;
  beforeAll(async () => {
    fixture = await createHttpFixture({ endpoints: () => endpoints });
  });
  afterAll(() => fixture.close());

  // Which one, access-table.integration.test.ts says.
  test('has an access rule', () => {
    expect(endpoints.filter((endpoint) => endpoint.access === undefined)).toEqual([]);
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
