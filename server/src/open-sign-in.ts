import type pg from 'pg';
import { createOAuthGateway } from './adapters/oauth/create-oauth-gateway.ts';
import type { Database } from './adapters/postgres/database.ts';
import { SharedLocks } from './adapters/postgres/shared-locks.ts';
import { createSignInStore } from './adapters/postgres/sign-in-store.ts';
import { createTokenStore } from './adapters/postgres/token-store.ts';
import type { CredentialVault, OpenAccess } from './core/connections/index.ts';
import type { OutboundHttp } from './core/outbound/index.ts';
import type { Logger } from './core/shared/index.ts';
import { createSignedInAccess, type OAuthClients, type SignInDependencies } from './core/sign-in/index.ts';

export interface SignInParts {
  readonly database: Database;
  readonly connection: pg.PoolConfig;
  /** Those that processes share; undefined: there is one process, which makes its own. */
  readonly locks: SharedLocks | undefined;
  readonly vault: CredentialVault;
  readonly outbound: OutboundHttp;
  readonly oauthClients: OAuthClients;
  readonly logger: Logger;
}

/** What people sign in to sources with, and how the tokens they left are got at. */
export interface SignIn {
  readonly access: OpenAccess;
  readonly flows: Pick<SignInDependencies, 'signIns' | 'tokens' | 'oauth' | 'oauthClients'>;
}

export function openSignIn(parts: SignInParts, starting: AsyncDisposableStack): SignIn {
  const { database, vault, oauthClients } = parts;
  const locks = parts.locks ?? starting.adopt(new SharedLocks(parts.connection, parts.logger), (own) => own.close());
  const oauth = createOAuthGateway(parts.outbound);
  const tokens = createTokenStore(database);
  const flows = { signIns: createSignInStore(database), tokens, oauth, oauthClients };
  const access = createSignedInAccess({
    ...{ tokens, oauth, vault, oauthClients },
    runLocked: (name, work) => locks.run(name, work),
  });
  return { access, flows };
}
