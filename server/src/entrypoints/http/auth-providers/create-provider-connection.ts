import { z } from 'zod';
import { type AuthProviderDependencies, createProviderConnection } from '../../../core/auth-providers/index.ts';
import { ReadableId } from '../../../core/collections/index.ts';
import { entryOfMade } from '../audit-log/entry-of.ts';
import { defineEndpoint } from '../endpoint.ts';
import { changeAccess, ProviderConnectionAnswer, toProviderConnectionAnswer } from './provider-answer.ts';
import {
  ProviderAuthFields,
  ProviderConnectionDescription,
  ProviderConnectionName,
} from './provider-connection-input.ts';

const Body = z.object({
  name: ProviderConnectionName,
  readable_id: ReadableId.nullish().describe('Made from the name with a random suffix when absent.'),
  description: ProviderConnectionDescription.nullish(),
  short_name: z.string().describe('The provider, as GET /auth-providers/list names it.'),
  auth_fields: ProviderAuthFields.nullish(),
});

export const createProviderConnectionEndpoint = (dependencies: AuthProviderDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth-providers',
    summary: 'Connect an auth provider',
    description: 'The provider is asked whether it takes the auth fields, before they are sealed and saved.',
    tags: ['auth providers'],
    access: changeAccess,
    body: Body,
    response: ProviderConnectionAnswer,
    errors: [404, 409, 429, 502],
    audit: (_input, answer) =>
      entryOfMade(
        { action: 'auth_provider_connection.created', objectType: 'auth_provider_connection' },
        answer,
        'readable_id',
      ),
    handler: async ({ body, caller }) =>
      toProviderConnectionAnswer(
        await createProviderConnection(dependencies, caller, {
          name: body.name,
          readableId: body.readable_id ?? null,
          description: body.description ?? null,
          shortName: body.short_name,
          auth: body.auth_fields ?? null,
        }),
      ),
  });
