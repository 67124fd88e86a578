import type { FeatureFlagStore } from '../../core/access/index.ts';
import type { Database } from './database.ts';

export function createFeatureFlagStore(database: Database): FeatureFlagStore {
  return {
    async listSwitched(scope) {
      const rows = await database
        .scoped(scope)
        .selectFrom('organization_features')
        .select(['flag', 'is_enabled'])
        .where('organization_id', '=', scope.organizationId)
        .execute();
      return rows.map((row) => ({ flag: row.flag, isEnabled: row.is_enabled }));
    },

    async switch(scope, flag, isEnabled) {
      await database
        .scoped(scope)
        .insertInto('organization_features')
        .values({ organization_id: scope.organizationId, flag, is_enabled: isEnabled })
        .onConflict((conflict) => conflict.columns(['organization_id', 'flag']).doUpdateSet({ is_enabled: isEnabled }))
        .execute();
    },
  };
}
