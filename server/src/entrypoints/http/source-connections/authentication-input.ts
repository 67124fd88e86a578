import { z } from 'zod';
import type { Authentication } from '../../../core/connections/index.ts';
import { Instant, toInstant } from '../validation/instant.ts';

/** Credentials and configurations: objects of JSON values. The database takes neither NUL nor half a surrogate pair. */
export const JsonFields = z
  .record(z.string(), z.json())
  .refine(isStorable, 'must not contain NUL characters or broken surrogates');

function isStorable(value: z.core.util.JSONType): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed();
  if (value === null || typeof value !== 'object') return true;
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isStorable(inner));
}

export const DirectAuthentication = z.strictObject({
  credentials: JsonFields.describe("The source's auth fields."),
});
const TokenAuthentication = z.strictObject({
  access_token: z.string().refine((token) => token.trim() !== '', 'must not be blank'),
  refresh_token: z.string().nullish(),
  expires_at: Instant.refine((text) => toInstant(text) > new Date(), 'must not be in the past').nullish(),
});
const ProviderAuthentication = z.strictObject({
  provider_readable_id: z.string(),
  provider_config: JsonFields.nullish(),
});
const BrowserAuthentication = z
  .strictObject({
    redirect_uri: z.string().nullish(),
    client_id: z.string().nullish(),
    client_secret: z.string().nullish(),
    consumer_key: z.string().nullish(),
    consumer_secret: z.string().nullish(),
  })
  .check((context) => {
    // Otherwise the union takes this variant for the one that was meant, and complains of no more than the keys it does not know.
    context.issues.splice(0, Infinity, ...context.issues.map((issue) => ({ ...issue, continue: false })));
    const { client_id, client_secret, consumer_key, consumer_secret } = context.value;
    const refuse = (message: string) => context.issues.push({ code: 'custom', message, input: context.value });
    if (!client_id !== !client_secret) refuse('client_id and client_secret must be given both or neither');
    if (!consumer_key !== !consumer_secret) refuse('consumer_key and consumer_secret must be given both or neither');
    if (client_id && consumer_key) refuse('client and consumer credentials cannot both be given');
  });

/** No discriminator: the keys say which variant is meant, and mixing two is an error in each of them. */
export const AuthenticationInput = z.union([
  DirectAuthentication,
  TokenAuthentication,
  ProviderAuthentication,
  BrowserAuthentication,
]);

export function toAuthentication(input: z.output<typeof AuthenticationInput> | null | undefined): Authentication {
  if (input === null || input === undefined) return { method: 'none' };
  if ('credentials' in input) return { method: 'direct', credentials: input.credentials };
  if ('access_token' in input) {
    // The refresh token is taken and not kept: the contract has it so, and a token that is injected is renewed by whoever injects it.
    const expiresAt = input.expires_at == null ? null : toInstant(input.expires_at);
    return { method: 'oauth_token', accessToken: input.access_token, expiresAt };
  }
  if ('provider_readable_id' in input) {
    return {
      method: 'auth_provider',
      readableId: input.provider_readable_id,
      config: input.provider_config ?? null,
    };
  }
  const id = input.client_id || input.consumer_key;
  const secret = input.client_secret || input.consumer_secret;
  return id && secret ? { method: 'oauth_byoc', client: { id, secret } } : { method: 'oauth_browser' };
}
