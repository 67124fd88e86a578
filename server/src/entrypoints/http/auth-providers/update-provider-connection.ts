import { z } from 'zod';
import { type AuthProviderDependencies, updateProviderConnection } from '../../../core/auth-providers/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import {
  changeAccess,
  ProviderConnectionAnswer,
  ProviderConnectionParams,
  toProviderConnectionAnswer,
} from './provider-answer.ts';
import {
  ProviderAuthFields,
  ProviderConnectionDescription,
  ProviderConnectionName,
} from './provider-connection-input.ts';

const Body = z.object({
  name: ProviderConnectionName.nullish(),
  description: ProviderConnectionDescription.nullish(),
  auth_fields: ProviderAuthFields.nullish().describe('Replaces all of the auth fields.'),
});

export const updateProviderConnectionEndpoint = (dependencies: AuthProviderDependencies) =>
  defineEndpoint({
    method: 'PUT',
    path: '/auth-providers/{readable_id}',
    summary: 'Change an auth provider connection',
    description: 'What is absent or null stays. New auth fields are tried with the provider first.',
    tags: ['auth providers'],
    access: changeAccess,
    params: ProviderConnectionParams,
    body: Body,
    response: ProviderConnectionAnswer,
    errors: [429, 502],
    audit: ({ params }) => ({
      action: 'auth_provider_connection.updated',
      objectType: 'auth_provider_connection',
      objectId: params.readable_id,
    }),
    handler: async ({ params, body, caller }) =>
      toProviderConnectionAnswer(
        await updateProviderConnection(dependencies, caller, params.readable_id, {
          ...(body.name == null ? {} : { name: body.name }),
          ...(body.description == null ? {} : { description: body.description }),
          ...(body.auth_fields == null ? {} : { auth: body.auth_fields }),
        }),
      ),
  });
