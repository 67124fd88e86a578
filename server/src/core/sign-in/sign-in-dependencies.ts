import type { ConnectionDependencies } from '../connections/index.ts';
import type { OAuthClients } from './oauth-clients.ts';
import type { OAuthGateway } from './oauth-gateway.ts';
import type { SignInStore } from './sign-in-store.ts';
import type { TokenStore } from './token-store.ts';

/** What the functions of this module work with. */
export interface SignInDependencies extends ConnectionDependencies {
  readonly signIns: SignInStore;
  readonly tokens: TokenStore;
  readonly oauth: OAuthGateway;
  readonly oauthClients: OAuthClients;
  /** How browsers reach the API, without a slash at the end. */
  readonly apiUrl: () => string;
}

/** Where sources send the browser back to: what an operator enters at each of them. */
export function callbackUrl({ apiUrl }: Pick<SignInDependencies, 'apiUrl'>): string {
  return `${apiUrl()}/source-connections/callback`;
}
