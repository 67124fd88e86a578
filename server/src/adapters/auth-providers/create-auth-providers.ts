import type { AuthProvider, AuthProviderRegistry } from '../../core/auth-providers/index.ts';
import type { OutboundHttp } from '../../core/outbound/index.ts';
import { createComposio } from './composio.ts';
import { createCustomProvider } from './custom.ts';
import { createPipedream } from './pipedream.ts';

/** Every auth provider there is, in the order in which the API lists them. */
export function createAuthProviders(http: OutboundHttp): AuthProviderRegistry {
  return toAuthProviderRegistry([createComposio(http), createCustomProvider(http), createPipedream(http)]);
}

export function toAuthProviderRegistry(providers: readonly AuthProvider[]): AuthProviderRegistry {
  const byName = new Map<string, AuthProvider>(providers.map((provider) => [provider.shortName, provider]));
  return { find: (shortName) => byName.get(shortName), list: () => providers };
}
