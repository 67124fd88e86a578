import { type Caller, type FeatureFlagStore, isFeatureEnabled, isPlatformAdmin } from '../access/index.ts';
import { AppError, type Scope } from '../shared/index.ts';

/**
 * Where an administrator may act: everywhere, or, with an API key, in the key's organisation if that one has allowed it.
 *
 * @returns null: in all organisations
 * @throws AppError('forbidden')
 */
export async function resolveReach(
  features: Pick<FeatureFlagStore, 'listSwitched'>,
  caller: Caller,
): Promise<Scope | null> {
  if (isPlatformAdmin(caller)) return null;
  if (await isFeatureEnabled(features, caller.scope, 'api_key_admin_sync')) return caller.scope;
  throw new AppError(
    'forbidden',
    "The feature 'api_key_admin_sync' is not enabled for this organization: an administrator of the server can enable it.",
  );
}

/** @throws AppError('not_found') where there is none, or it is out of reach */
export function requireFound<Found>(found: Found | undefined, what: string): Found {
  if (found === undefined) throw new AppError('not_found', `${what} not found`);
  return found;
}
