import type { IdentityStore } from '../../../core/access/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { createApiKeyEndpoint } from './create-api-key.ts';
import { deleteApiKeyEndpoint } from './delete-api-key.ts';
import { getApiKeyEndpoint } from './get-api-key.ts';
import { listApiKeysEndpoint } from './list-api-keys.ts';
import { rotateApiKeyEndpoint } from './rotate-api-key.ts';

export function apiKeyEndpoints(store: IdentityStore): readonly Endpoint[] {
  return [
    createApiKeyEndpoint(store),
    listApiKeysEndpoint(store),
    getApiKeyEndpoint(store),
    rotateApiKeyEndpoint(store),
    deleteApiKeyEndpoint(store),
  ];
}
