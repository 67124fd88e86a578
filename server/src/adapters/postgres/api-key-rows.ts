import type { ApiKey, KeyChange, KeyScope } from '../../core/access/index.ts';
import { ApiKeyId, OrganizationId, type Scope } from '../../core/shared/index.ts';
import { writeAuditEntry } from './audit-log.ts';
import type { Queries } from './database.ts';
import type { ApiKeysTable } from './tables.ts';

/** Adds a key and what the audit log says of it; called with a transaction. */
export async function insertApiKey(
  queries: Queries,
  scope: Scope,
  key: ApiKey,
  hash: Buffer,
  change: KeyChange,
): Promise<void> {
  await queries
    .insertInto('api_keys')
    .values({
      id: key.id,
      organization_id: scope.organizationId,
      name: key.name,
      key_prefix: key.prefix,
      key_hash: hash,
      scopes: key.scopes === null ? null : [...key.scopes],
      collections: key.collections === null ? null : [...key.collections],
      expires_at: key.expiresAt,
      created_at: key.createdAt,
      modified_at: key.modifiedAt,
      last_used_at: key.lastUsedAt,
      created_by_email: key.createdByEmail,
      modified_by_email: key.modifiedByEmail,
    })
    .execute();
  await writeKeyChange(queries, scope, key, change);
}

/** Removes a key and writes so to the audit log; called with a transaction. */
export async function deleteApiKey(
  queries: Queries,
  scope: Scope,
  id: ApiKeyId,
  change: KeyChange,
): Promise<ApiKey | undefined> {
  const row = await queries
    .deleteFrom('api_keys')
    .where('organization_id', '=', scope.organizationId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const key = toApiKey(row);
  await writeKeyChange(queries, scope, key, change);
  return key;
}

async function writeKeyChange(queries: Queries, scope: Scope, key: ApiKey, change: KeyChange): Promise<void> {
  await writeAuditEntry(queries, scope, change.actor, {
    action: change.action,
    objectType: 'api_key',
    objectId: key.id,
    details: {
      name: key.name,
      prefix: key.prefix,
      scopes: key.scopes === null ? null : [...key.scopes],
      ...(change.rotatedFrom === undefined ? {} : { rotated_from: change.rotatedFrom }),
    },
  });
}

type ApiKeyRow = Omit<ApiKeysTable, 'created_at' | 'modified_at'> & { created_at: Date; modified_at: Date };

export function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: ApiKeyId.parse(row.id),
    organizationId: OrganizationId.parse(row.organization_id),
    name: row.name,
    prefix: row.key_prefix,
    // Only `insertApiKey` writes them.
    scopes: row.scopes as readonly KeyScope[] | null,
    collections: row.collections,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    lastUsedAt: row.last_used_at,
    createdByEmail: row.created_by_email,
    modifiedByEmail: row.modified_by_email,
  };
}
