import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AnyConnector, Field } from '../../../connector-kit/index.ts';

const FieldAnswer = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string().nullable(),
  type: z.enum(['string', 'number', 'boolean', 'array']),
  required: z.boolean(),
  items_type: z.string().nullable(),
  feature_flag: z.string().nullable(),
  is_secret: z.boolean(),
  enum_values: z.array(z.string()).nullable(),
});
const Fields = z.object({ fields: z.array(FieldAnswer) });

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

export function toSourceAnswer(connector: AnyConnector): z.input<typeof SourceAnswer> {
  const definitions = connector.entityTypes.map((type) => toSnakeCase(type.name));
  return {
    name: connector.displayName,
    description: connector.description,
    auth_methods: [...connector.authMethods],
    oauth_type: null,
    requires_byoc: false,
    auth_config_class: null,
    config_class: null,
    short_name: connector.shortName,
    class_name: connector.className,
    output_entity_definitions: definitions,
    labels: [...connector.labels],
    supports_continuous: connector.supportsContinuous,
    federated_search: false,
    supports_temporal_relevance: true,
    supports_access_control: false,
    rate_limit_level: null,
    feature_flag: null,
    supports_browse_tree: false,
    auth_fields: { fields: connector.credentialFields.map(toFieldAnswer) },
    config_fields: { fields: connector.configFields.map(toFieldAnswer) },
    supported_auth_providers: [],
    id: stableId(`source:${connector.shortName}`),
    created_at: sourceDate,
    modified_at: sourceDate,
    output_entity_definition_ids: definitions.map((definition) => stableId(`definition:${definition}`)),
  };
}

function toFieldAnswer(field: Field): z.input<typeof FieldAnswer> {
  return {
    name: field.name,
    title: field.title,
    description: field.description,
    type: field.type,
    required: field.required,
    items_type: field.itemsType ?? null,
    feature_flag: null,
    is_secret: field.isSecret ?? false,
    enum_values: field.enumValues === undefined ? null : [...field.enumValues],
  };
}

/** `SmallStubFileEntity` as `small_stub_file_entity`; `HTMLPageEntity` as `html_page_entity`. */
function toSnakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

/** The same id for the same name, in the form of a version 8 UUID. */
function stableId(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
