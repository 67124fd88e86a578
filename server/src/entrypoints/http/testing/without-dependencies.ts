import type { RouteDependencies } from '../routes.ts';

/**
 * Enough to make the list of routes: what is not given is an empty object, however deep one looks. For tests that never get as
 * far as what stands behind a route.
 */
export function withoutDependencies(given: Partial<RouteDependencies>): RouteDependencies {
  const emptyAllTheWayDown: object = new Proxy({}, { get: () => emptyAllTheWayDown });
  // The proxy has every property that is asked for.
  const plain = { maxUploadBytes: 1_000_000, version: '0.0.0', ...given };
  return new Proxy(plain, {
    get: (target, key) => Reflect.get(target, key) ?? emptyAllTheWayDown,
  }) as RouteDependencies;
}
