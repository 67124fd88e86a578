import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AnyConnector } from '../../../connector-kit/index.ts';
import { toDefinitionName } from '../entities/definition-name.ts';
import { Fields, toFieldsAnswer } from './field-answer.ts';

/** A source as `GET /sources` shows it. */
export const SourceAnswer = z
  .object({
    name: z.string(),
    description: z.string(),
    auth_methods: z.array(z.string()),
    oauth_type: z.string().nullable(),
    requires_byoc: z.boolean(),
    auth_config_class: z.string().nullable(),
    config_class: z.string().nullable(),
    short_name: z.string(),
    class_name: z.string(),
    output_entity_definitions: z.array(z.string()),
    labels: z.array(z.string()),
    supports_continuous: z.boolean(),
    federated_search: z.boolean(),
    supports_temporal_relevance: z.boolean(),
    supports_access_control: z.boolean(),
    rate_limit_level: z.string().nullable(),
    feature_flag: z.string().nullable(),
    supports_browse_tree: z.boolean(),
    auth_fields: Fields,
    config_fields: Fields,
    supported_auth_providers: z.array(z.string()),
    // Older clients declare these as required.
    id: z.guid(),
    created_at: z.iso.datetime(),
    modified_at: z.iso.datetime(),
    output_entity_definition_ids: z.array(z.guid()),
  })
  .meta({ id: 'Source' });

/** Sources are code: they have no date of their own. */
const sourceDate = '2026-01-01T00:00:00.000Z';

/** What a source's answer depends on beside the connector. */
export interface SourceSurroundings {
  /** Of the auth providers, those that give its credentials. */
  readonly authProviders: readonly string[];
  /** Whether its users must bring an OAuth client of their own, since the operator has none. */
  readonly requiresOwnClient: boolean;
}

export function toSourceAnswer(
  connector: AnyConnector,
  surroundings: SourceSurroundings,
): z.output<typeof SourceAnswer> {
  const own = connector.entityTypes.filter(({ definedBy }) => definedBy === undefined);
  const definitions = own.map((type) => toDefinitionName(type.name));
  return {
    name: connector.displayName,
    description: connector.description,
    auth_methods: [...connector.authMethods],
    oauth_type: oauthTypeOf(connector),
    requires_byoc: surroundings.requiresOwnClient,
    auth_config_class: null,
    config_class: null,
    short_name: connector.shortName,
    class_name: connector.className,
    output_entity_definitions: definitions,
    labels: [...connector.labels],
    supports_continuous: connector.supportsContinuous,
    federated_search: false,
    supports_temporal_relevance: connector.supportsTemporalRelevance ?? true,
    supports_access_control: connector.memberships !== undefined,
    rate_limit_level: connector.rateLimitLevel ?? null,
    feature_flag: connector.featureFlag ?? null,
    supports_browse_tree: connector.browse !== undefined,
    auth_fields: toFieldsAnswer(connector.credentialFields),
    config_fields: toFieldsAnswer(connector.configFields),
    supported_auth_providers: [...surroundings.authProviders],
    id: stableId(`source:${connector.shortName}`),
    created_at: sourceDate,
    modified_at: sourceDate,
    output_entity_definition_ids: definitions.map((definition) => stableId(`definition:${definition}`)),
  };
}

function oauthTypeOf({ oauth }: AnyConnector): string | null {
  if (oauth === undefined) return null;
  return oauth.kind === 'oauth1' ? 'oauth1' : oauth.tokens;
}

/** The same id for the same name, in the form of a version 8 UUID. */
function stableId(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
