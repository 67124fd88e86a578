import { createOAuthGateway } from '../../../adapters/oauth/create-oauth-gateway.ts';
import { createOutboundHttp } from '../../../adapters/outbound/create-outbound-http.ts';
import type { Database } from '../../../adapters/postgres/database.ts';
import { createSignInStore } from '../../../adapters/postgres/sign-in-store.ts';
import { createTokenStore } from '../../../adapters/postgres/token-store.ts';
import type { CredentialVault } from '../../../core/connections/index.ts';
import { silentLogger } from '../../../core/shared/index.ts';
import { createSignedInAccess, type OAuthClients } from '../../../core/sign-in/index.ts';

export interface SignInOptions {
  /** The operator's; default none. */
  readonly oauthClients?: OAuthClients;
  /** Of requests to authorisation servers; default as in the product. */
  readonly oauthTimeoutMs?: number;
}

/** What sign-ins in the browser need, with authorisation servers on this machine. */
export function createSignInParts(vault: CredentialVault, options: SignInOptions) {
  const outbound = createOutboundHttp({ allow: ['127.0.0.1', 'localhost'], logger: silentLogger });
  const { oauthClients = new Map(), oauthTimeoutMs: timeoutMs } = options;
  const oauth = createOAuthGateway(outbound, timeoutMs === undefined ? {} : { timeoutMs });
  return {
    flowsOn: (database: Database) => ({
      signIns: createSignInStore(database),
      tokens: createTokenStore(database),
      ...{ oauth, oauthClients },
    }),
    /** One process: nobody else renews a token. */
    accessOn: (database: Database) =>
      createSignedInAccess({
        tokens: createTokenStore(database),
        ...{ oauth, vault, oauthClients },
        runLocked: (_name, work) => work(),
      }),
    close: () => outbound.close(),
  };
}
