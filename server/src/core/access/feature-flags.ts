import type { Scope } from '../shared/index.ts';

/** What can be switched on or off for an organisation, and whether it is on where nobody has said anything. */
const defaults = {
  priority_support: false,
  source_rate_limiting: true,
  zephyr_scale: true,
  sharepoint_2019_v2: true,
  // Lets every unlimited key of the organisation stop and restart its syncs, so somebody has to want it.
  api_key_admin_sync: false,
  connect: true,
  custom_auth_provider: true,
} as const;

export type FeatureFlag = keyof typeof defaults;
// `Object.keys` gives the names of the object above and no others.
export const featureFlags = Object.keys(defaults) as readonly FeatureFlag[];

export interface FeatureFlagStore {
  /** Only what was switched for this organisation; names that are no flags any more may be among them. */
  listSwitched(scope: Scope): Promise<readonly SwitchedFeature[]>;
  switch(scope: Scope, flag: FeatureFlag, isEnabled: boolean): Promise<void>;
}

export function isFeatureFlag(name: string): name is FeatureFlag {
  return Object.hasOwn(defaults, name);
}

export interface SwitchedFeature {
  readonly flag: string;
  readonly isEnabled: boolean;
}

/** In the order of `featureFlags`. */
export function toEnabledFeatures(switched: readonly SwitchedFeature[]): readonly FeatureFlag[] {
  const byName = new Map(switched.map(({ flag, isEnabled }) => [flag, isEnabled]));
  return featureFlags.filter((flag) => byName.get(flag) ?? defaults[flag]);
}

export async function listEnabledFeatures(
  store: Pick<FeatureFlagStore, 'listSwitched'>,
  scope: Scope,
): Promise<readonly FeatureFlag[]> {
  return toEnabledFeatures(await store.listSwitched(scope));
}

export async function isFeatureEnabled(
  store: Pick<FeatureFlagStore, 'listSwitched'>,
  scope: Scope,
  flag: FeatureFlag,
): Promise<boolean> {
  return (await listEnabledFeatures(store, scope)).includes(flag);
}
