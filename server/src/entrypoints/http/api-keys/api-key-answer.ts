import { z } from 'zod';
import { type ApiKey, keyScopes } from '../../../core/access/index.ts';
import { ApiKeyId } from '../../../core/shared/index.ts';

/** What API keys are told: they cannot make others, so a leaked one cannot outlive its removal. */
export const apiKeyAccess = {
  role: 'owner_or_admin',
  apiKeyRefusal: 'API key authentication is not permitted for managing API keys.',
} as const;

export const apiKeyId = z.object({ id: ApiKeyId });

/** An API key as the API shows it. */
export const ApiKeyAnswer = z
  .object({
    id: z.guid(),
    organization_id: z.guid(),
    created_at: z.iso.datetime(),
    modified_at: z.iso.datetime(),
    last_used_date: z.iso.datetime().nullable().describe('Exact to a minute.'),
    expiration_date: z.iso.datetime(),
    created_by_email: z.string().nullable(),
    modified_by_email: z.string().nullable(),
    decrypted_key: z.string().nullable().describe('The key itself: only in the answer that makes it, else null.'),
    key_prefix: z.string().describe('The first 8 characters of the key.'),
    name: z.string().nullable(),
    scopes: z.array(z.enum(keyScopes)).nullable().describe('What the key may do; null: everything.'),
    collections: z
      .array(z.string())
      .nullable()
      .describe('The collections it is limited to, by readable_id; null: all.'),
  })
  .meta({ id: 'APIKey' });

export function toApiKeyAnswer(key: ApiKey, secret: string | null = null): z.input<typeof ApiKeyAnswer> {
  return {
    id: key.id,
    organization_id: key.organizationId,
    created_at: key.createdAt.toISOString(),
    modified_at: key.modifiedAt.toISOString(),
    last_used_date: key.lastUsedAt?.toISOString() ?? null,
    expiration_date: key.expiresAt.toISOString(),
    created_by_email: key.createdByEmail,
    modified_by_email: key.modifiedByEmail,
    decrypted_key: secret,
    key_prefix: key.prefix,
    name: key.name,
    scopes: key.scopes === null ? null : [...key.scopes],
    collections: key.collections === null ? null : [...key.collections],
  };
}
