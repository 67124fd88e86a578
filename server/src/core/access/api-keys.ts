import { ApiKeyId, AppError, newId, type OrganizationId } from '../shared/index.ts';
import { createKeySecret, hashKeySecret, keyPrefix } from './api-key-secret.ts';
import type { Caller, KeyScope } from './caller.ts';
import type { ApiKey } from './identity.ts';
import type { IdentityStore, KeyChange } from './identity-store.ts';

export const defaultExpirationDays = 90;
export const maxExpirationDays = 365;
const dayMs = 86_400_000;

export interface NewApiKey {
  readonly name: string | null;
  /** 1 to 365 */
  readonly expirationDays: number;
  /** Null: everything. */
  readonly scopes: readonly KeyScope[] | null;
  /** Readable ids; null: all collections. */
  readonly collections: readonly string[] | null;
}

/** A key with its secret, which nobody sees a second time. */
export interface IssuedApiKey {
  readonly key: ApiKey;
  readonly secret: string;
}

export async function createApiKey(
  store: IdentityStore,
  caller: Caller,
  input: NewApiKey,
  now: Date = new Date(),
): Promise<IssuedApiKey> {
  return issueApiKey(store, caller, input, { actor: caller, action: 'api_key.created' }, now);
}

/** The key that a new organisation begins with. */
export function issueKeyFor(
  organizationId: OrganizationId,
  email: string | null,
  name: string,
  expirationDays: number,
  now: Date,
): { readonly key: ApiKey; readonly hash: Buffer } {
  const { key, secret } = draftApiKey(
    organizationId,
    email,
    { name, expirationDays, scopes: null, collections: null },
    now,
  );
  return { key, hash: hashKeySecret(secret) };
}

async function issueApiKey(
  store: IdentityStore,
  caller: Caller,
  input: NewApiKey,
  change: KeyChange,
  now: Date,
): Promise<IssuedApiKey> {
  const { key, secret } = draftApiKey(caller.scope.organizationId, caller.email, input, now);
  await store.insertApiKey(caller.scope, key, hashKeySecret(secret), change);
  return { key, secret };
}

function draftApiKey(organizationId: OrganizationId, email: string | null, input: NewApiKey, now: Date): IssuedApiKey {
  const secret = createKeySecret();
  const key: ApiKey = {
    id: newId(ApiKeyId),
    organizationId,
    name: input.name,
    prefix: keyPrefix(secret),
    scopes: input.scopes,
    collections: input.collections,
    expiresAt: new Date(now.getTime() + input.expirationDays * dayMs),
    createdAt: now,
    modifiedAt: now,
    lastUsedAt: null,
    createdByEmail: email,
    modifiedByEmail: email,
  };
  return { key, secret };
}

/**
 * Makes a key like another one, for 90 days. The old one keeps working until it expires, so that its users can change over.
 *
 * @throws AppError('not_found')
 */
export async function rotateApiKey(store: IdentityStore, caller: Caller, id: ApiKeyId): Promise<IssuedApiKey> {
  const { name, scopes, collections } = await getApiKey(store, caller, id);
  const input = { name, scopes, collections, expirationDays: defaultExpirationDays };
  const change = { actor: caller, action: 'api_key.rotated', rotatedFrom: id } as const;
  return issueApiKey(store, caller, input, change, new Date());
}

/** @throws AppError('not_found') */
export async function getApiKey(store: IdentityStore, caller: Caller, id: ApiKeyId): Promise<ApiKey> {
  return (await store.findApiKey(caller.scope, id)) ?? keyNotFound();
}

/** Returns the key as it was; it stops working at once. @throws AppError('not_found') */
export async function deleteApiKey(store: IdentityStore, caller: Caller, id: ApiKeyId): Promise<ApiKey> {
  return (await store.deleteApiKey(caller.scope, id, { actor: caller, action: 'api_key.deleted' })) ?? keyNotFound();
}

function keyNotFound(): never {
  throw new AppError('not_found', 'API key not found');
}
