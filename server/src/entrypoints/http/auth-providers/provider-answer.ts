import { z } from 'zod';
import {
  type AuthProvider,
  type ProviderConnection,
  providerSettingsUrls,
} from '../../../core/auth-providers/index.ts';
import { Fields, toFieldsAnswer } from '../sources/field-answer.ts';

/** An auth provider, with the fields that a connection to it and a source connection through it need. */
export const ProviderAnswer = z
  .object({
    short_name: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    class_name: z.string(),
    auth_config_class: z.string(),
    config_class: z.string(),
    auth_fields: Fields.nullable(),
    config_fields: Fields.nullable(),
    settings_url: z.string(),
  })
  .meta({ id: 'AuthProvider' });

export function toProviderAnswer(provider: AuthProvider): z.input<typeof ProviderAnswer> {
  return {
    short_name: provider.shortName,
    name: provider.displayName,
    description: provider.description,
    class_name: provider.className,
    auth_config_class: provider.authConfigClass,
    config_class: provider.configClass,
    auth_fields: toFieldsAnswer(provider.authFields),
    config_fields: toFieldsAnswer(provider.configFields),
    settings_url: providerSettingsUrls[provider.shortName],
  };
}

/** A connection to an auth provider. What was given to connect is not shown. */
export const ProviderConnectionAnswer = z
  .object({
    id: z.guid(),
    name: z.string(),
    readable_id: z.string(),
    short_name: z.string(),
    description: z.string().nullable(),
    created_by_email: z.string().nullable(),
    modified_by_email: z.string().nullable(),
    created_at: z.iso.datetime(),
    modified_at: z.iso.datetime(),
    masked_client_id: z.string().nullable().describe('The ends of the client id, to know it again.'),
  })
  .meta({ id: 'AuthProviderConnection' });

export function toProviderConnectionAnswer(connection: ProviderConnection): z.input<typeof ProviderConnectionAnswer> {
  return {
    id: connection.id,
    name: connection.name,
    readable_id: connection.readableId,
    short_name: connection.shortName,
    description: connection.description,
    created_by_email: connection.createdByEmail,
    modified_by_email: connection.modifiedByEmail,
    created_at: connection.createdAt.toISOString(),
    modified_at: connection.modifiedAt.toISOString(),
    masked_client_id: connection.maskedClientId,
  };
}

/** Any text: what is no readable id names no connection, and is 404. */
export const ProviderConnectionParams = z.object({ readable_id: z.string() });

/** Its secrets open accounts of many people: members and API keys read, owners and admins change. */
export const changeAccess = { role: 'owner_or_admin' } as const;
