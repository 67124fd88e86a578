import type { AnyConnector } from '../../connector-kit/index.ts';
import { type FeatureFlagStore, listEnabledFeatures } from '../access/index.ts';
import { AppError, type JsonObject, type Scope } from '../shared/index.ts';

/**
 * Refuses what the organisation lacks a feature for.
 *
 * @param features absent: every feature is on
 * @throws AppError('not_found') for the source, as if there were none; 'forbidden' for a field of its configuration
 */
export async function requireFeatures(
  features: Pick<FeatureFlagStore, 'listSwitched'> | undefined,
  scope: Scope,
  connector: Pick<AnyConnector, 'shortName' | 'featureFlag' | 'configFields'>,
  config: JsonObject | null,
): Promise<void> {
  const given = connector.configFields.filter(({ name }) => config?.[name] != null);
  const flagged = given.filter(({ featureFlag }) => featureFlag !== undefined);
  if (features === undefined || (connector.featureFlag === undefined && flagged.length === 0)) return;
  const enabled: readonly string[] = await listEnabledFeatures(features, scope);
  const lacks = (flag: string | undefined) => flag !== undefined && !enabled.includes(flag);
  if (lacks(connector.featureFlag)) throw new AppError('not_found', `Source '${connector.shortName}' not found`);
  const refused = flagged.find(({ featureFlag }) => lacks(featureFlag));
  if (refused === undefined) return;
  throw new AppError(
    'forbidden',
    `The field '${refused.name}' needs the feature '${refused.featureFlag}', which this organization does not have.`,
  );
}
