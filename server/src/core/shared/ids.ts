import { randomUUID } from 'node:crypto';
import { z } from 'zod';

/**
 * Branded ids: a string becomes one only through `parse`, so they cannot be swapped by accident.
 * All are lower-case hyphenated UUIDs of any version.
 */
export const OrganizationId = z.guid().brand<'OrganizationId'>();
export type OrganizationId = z.infer<typeof OrganizationId>;
export const UserId = z.guid().brand<'UserId'>();
export type UserId = z.infer<typeof UserId>;
export const ApiKeyId = z.guid().brand<'ApiKeyId'>();
export type ApiKeyId = z.infer<typeof ApiKeyId>;
export const SessionId = z.guid().brand<'SessionId'>();
export type SessionId = z.infer<typeof SessionId>;
export const InvitationId = z.guid().brand<'InvitationId'>();
export type InvitationId = z.infer<typeof InvitationId>;
export const CollectionId = z.guid().brand<'CollectionId'>();
export type CollectionId = z.infer<typeof CollectionId>;
export const SourceConnectionId = z.guid().brand<'SourceConnectionId'>();
export type SourceConnectionId = z.infer<typeof SourceConnectionId>;
/** An organisation's account at an auth provider. */
export const ProviderConnectionId = z.guid().brand<'ProviderConnectionId'>();
export type ProviderConnectionId = z.infer<typeof ProviderConnectionId>;
export const SyncId = z.guid().brand<'SyncId'>();
export type SyncId = z.infer<typeof SyncId>;
export const SyncJobId = z.guid().brand<'SyncJobId'>();
export type SyncJobId = z.infer<typeof SyncJobId>;
/** Our id of one entity (a document, in the API's words); the source's own id is a plain string. */
export const DocumentId = z.guid().brand<'DocumentId'>();
export type DocumentId = z.infer<typeof DocumentId>;

/** A fresh random id of the given kind, as in `newId(CollectionId)`. */
export function newId<Id>(schema: { parse(value: string): Id }): Id {
  return schema.parse(randomUUID());
}
