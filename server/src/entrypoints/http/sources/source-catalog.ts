import type { z } from 'zod';
import type { AnyConnector } from '../../../connector-kit/index.ts';
import { type FeatureFlag, type FeatureFlagStore, listEnabledFeatures } from '../../../core/access/index.ts';
import { type AuthProviderRegistry, providersFor } from '../../../core/auth-providers/index.ts';
import type { ConnectorRegistry } from '../../../core/connections/index.ts';
import type { Scope } from '../../../core/shared/index.ts';
import { type SourceAnswer, toSourceAnswer } from './source-answer.ts';

type Answer = z.output<typeof SourceAnswer>;

export interface SourceCatalogDependencies {
  readonly connectors: ConnectorRegistry;
  /** Absent: there are none. */
  readonly providers?: AuthProviderRegistry;
  /** Absent: every feature is on. */
  readonly features?: Pick<FeatureFlagStore, 'listSwitched'>;
  /** Whether users of a source must bring an OAuth client of their own. */
  readonly requiresOwnClient: (connector: AnyConnector) => boolean;
}

/** The sources as an organisation sees them, in the registry's order. */
export interface SourceCatalog {
  list(scope: Scope): Promise<readonly Answer[]>;
  find(scope: Scope, shortName: string): Promise<Answer | undefined>;
}

/** Sources are code: their answers are made once, and only narrowed by the features an organisation lacks. */
export function createSourceCatalog(dependencies: SourceCatalogDependencies): SourceCatalog {
  const { connectors, features, requiresOwnClient } = dependencies;
  const providers = dependencies.providers?.list() ?? [];
  const all = connectors.list().map((connector) =>
    toSourceAnswer(connector, {
      authProviders: providersFor(providers, connector.shortName),
      requiresOwnClient: requiresOwnClient(connector),
    }),
  );

  async function list(scope: Scope): Promise<readonly Answer[]> {
    if (features === undefined) return all;
    const enabled = await listEnabledFeatures(features, scope);
    const has = (flag: string | null | undefined) => flag == null || enabled.includes(flag as FeatureFlag);
    const lacked = providers.filter(({ featureFlag }) => !has(featureFlag)).map(({ shortName }): string => shortName);
    return all
      .filter((source) => has(source.feature_flag))
      .map((source) => ({
        ...source,
        config_fields: { fields: source.config_fields.fields.filter((field) => has(field.feature_flag)) },
        supported_auth_providers: source.supported_auth_providers.filter((name) => !lacked.includes(name)),
      }));
  }

  return {
    list,
    find: async (scope, shortName) => (await list(scope)).find((source) => source.short_name === shortName),
  };
}
