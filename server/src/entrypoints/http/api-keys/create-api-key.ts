import { z } from 'zod';
import {
  createApiKey,
  defaultExpirationDays,
  type IdentityStore,
  keyScopes,
  maxExpirationDays,
} from '../../../core/access/index.ts';
import { plainText } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ApiKeyAnswer, apiKeyAccess, toApiKeyAnswer } from './api-key-answer.ts';

const Body = z
  .object({
    name: plainText({ min: 1, max: 100 }).nullish(),
    expiration_days: z.int().min(1).max(maxExpirationDays).nullish().describe(`Default ${defaultExpirationDays}.`),
    scopes: z.array(z.enum(keyScopes)).min(1).nullish().describe('What the key may do; null or absent: everything.'),
    collections: z
      .array(plainText({ min: 1, max: 200 }))
      .min(1)
      .max(1000)
      .nullish()
      .describe('Readable ids of the collections it is limited to; null or absent: all.'),
  })
  .nullish();

export const createApiKeyEndpoint = (store: IdentityStore) =>
  defineEndpoint({
    method: 'POST',
    path: '/api-keys',
    summary: 'Create API key',
    description: 'The answer holds the key itself in `decrypted_key`. It is shown this once.',
    tags: ['api-keys'],
    access: apiKeyAccess,
    body: Body,
    example: { expiration_days: 30 },
    response: ApiKeyAnswer,
    handler: async ({ body, caller }) => {
      const { key, secret } = await createApiKey(store, caller, {
        name: body?.name ?? null,
        expirationDays: body?.expiration_days ?? defaultExpirationDays,
        scopes: body?.scopes ?? null,
        collections: body?.collections ?? null,
      });
      return toApiKeyAnswer(key, secret);
    },
  });
