import type { FeatureFlagStore } from './feature-flags.ts';

const forMs = 5_000;
const maxOrganizations = 10_000;

type Switched = ReturnType<FeatureFlagStore['listSwitched']>;

/** Flags as they were at most 5 s ago, for what asks at every request. What is switched here is seen at once. */
export function rememberFeatures(store: FeatureFlagStore): FeatureFlagStore {
  const known = new Map<string, { readonly switched: Switched; readonly until: number }>();
  return {
    async listSwitched(scope) {
      const remembered = known.get(scope.organizationId);
      if (remembered !== undefined && remembered.until > performance.now()) return remembered.switched;
      if (known.size >= maxOrganizations) known.clear();
      const switched = store.listSwitched(scope);
      switched.catch(() => known.delete(scope.organizationId));
      known.set(scope.organizationId, { switched, until: performance.now() + forMs });
      return switched;
    },
    async switch(scope, flag, isEnabled) {
      await store.switch(scope, flag, isEnabled);
      known.delete(scope.organizationId);
    },
  };
}
