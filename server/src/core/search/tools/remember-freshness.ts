import type { FreshnessStore, SourceFreshness } from './freshness.ts';

const maxCollections = 1000;

/**
 * What was read of a collection's syncs, kept for a moment: every search says how old its sources are, and a sync does not end
 * more often than that.
 */
export function rememberFreshness(
  store: FreshnessStore,
  options: { readonly forMs: number; readonly now?: () => number },
): FreshnessStore {
  const now = options.now ?? (() => performance.now());
  const known = new Map<string, { readonly at: number; readonly sources: Promise<readonly SourceFreshness[]> }>();
  return {
    listFreshness: async (scope, collectionId) => {
      const key = `${scope.organizationId}/${collectionId}`;
      const entry = known.get(key);
      if (entry !== undefined && now() - entry.at < options.forMs) return entry.sources;
      const sources = store.listFreshness(scope, collectionId);
      // The oldest goes first, since each is added anew when it is read again.
      known.delete(key);
      known.set(key, { at: now(), sources });
      const [oldest] = known.keys();
      if (known.size > maxCollections && oldest !== undefined) known.delete(oldest);
      try {
        return await sources;
      } catch (error) {
        known.delete(key);
        throw error;
      }
    },
  };
}
