import type { z } from 'zod';
import type { Field } from '../../connector-kit/index.ts';
import type { FeatureFlag } from '../access/index.ts';
import type { JsonObject, ProviderConnectionId, SourceConnectionId } from '../shared/index.ts';

export const authProviderNames = ['composio', 'custom', 'pipedream'] as const;
export type AuthProviderName = (typeof authProviderNames)[number];

/** Where people look after their accounts at a provider; empty: there is no such page. */
export const providerSettingsUrls: Readonly<Record<AuthProviderName, string>> = {
  composio: 'https://platform.composio.dev/',
  custom: '',
  pipedream: 'https://pipedream.com/settings/api',
};

/** What a source needs of its user to run. */
export interface NeededField {
  readonly name: string;
  readonly isRequired: boolean;
}

export interface CredentialRequest {
  /** Checked with the provider's `auth` schema when they were saved. */
  readonly auth: JsonObject;
  /** Which of the provider's accounts; checked with its `config` schema. */
  readonly config: JsonObject;
  readonly sourceShortName: string;
  readonly sourceConnectionId: SourceConnectionId;
  readonly fields: readonly NeededField[];
  readonly signal: AbortSignal;
}

/** The port to one service that keeps its users' accounts at sources and gives their credentials. */
export interface AuthProvider {
  readonly shortName: AuthProviderName;
  readonly displayName: string;
  readonly description: string;
  readonly className: string;
  readonly authConfigClass: string;
  readonly configClass: string;
  readonly auth: z.ZodType<JsonObject>;
  readonly authFields: readonly Field[];
  readonly config: z.ZodType<JsonObject>;
  readonly configFields: readonly Field[];
  /** Sources whose credentials it does not give, or not in a form that works. */
  readonly blockedSources: readonly string[];
  /** Offered only to organisations with this feature flag. */
  readonly featureFlag?: FeatureFlag;
  /**
   * Asks the provider whether it takes these auth fields.
   * @throws SourceError('credentials') when not; SourceError('rate_limited' | 'source') when it cannot say
   */
  validate(auth: JsonObject, signal: AbortSignal): Promise<void>;
  /**
   * The fields that were asked for, by the source's own names; those that are not required may be missing.
   * @throws SourceError('credentials') with the error category; 'configuration' when the account does not fit; 'rate_limited' | 'source'
   */
  fetchCredentials(request: CredentialRequest): Promise<JsonObject>;
}

/** The providers this server knows, in the order in which they are listed. */
export interface AuthProviderRegistry {
  find(shortName: string): AuthProvider | undefined;
  list(): readonly AuthProvider[];
}

/** Where a source connection has its credentials from. */
export interface ProviderChoice {
  readonly connectionId: ProviderConnectionId;
  /** Which of the provider's accounts. */
  readonly config: JsonObject;
}

/** The short names of the providers that give a source's credentials, whether or not the source asks for that. */
export function providersFor(providers: readonly AuthProvider[], sourceShortName: string): readonly AuthProviderName[] {
  return providers
    .filter((provider) => !provider.blockedSources.includes(sourceShortName))
    .map((provider) => provider.shortName);
}
