import { z } from 'zod';
import type { JsonObject } from '../shared/index.ts';

const Client = z.object({ id: z.string(), secret: z.string() });

/** What is sealed of a connection that was signed in to. */
const StoredTokens = z.object({
  access_token: z.string(),
  refresh_token: z.string().nullish().transform(toNull),
  /** OAuth 1 only. */
  access_token_secret: z.string().nullish().transform(toNull),
  expires_at: z.iso
    .datetime()
    .nullish()
    .transform((text) => (text == null ? null : new Date(text))),
  /** A client of the user's own; null: the operator's. */
  client: Client.nullish().transform(toNull),
  /** The `keptFields` of the source's answer. */
  kept: z.record(z.string(), z.string()).optional(),
});
export type StoredTokens = z.output<typeof StoredTokens>;

function toNull<T>(value: T | null | undefined): T | null {
  return value ?? null;
}

/** @param opened what the vault gave; only this module seals it */
export function parseStoredTokens(opened: JsonObject): StoredTokens {
  return StoredTokens.parse(opened);
}

/** As it is sealed. */
export function toSealable(tokens: StoredTokens): JsonObject {
  return {
    access_token: tokens.access_token,
    refresh_token: tokens.refresh_token,
    access_token_secret: tokens.access_token_secret,
    expires_at: tokens.expires_at?.toISOString() ?? null,
    client: tokens.client === null ? null : { id: tokens.client.id, secret: tokens.client.secret },
    kept: { ...tokens.kept },
  };
}
