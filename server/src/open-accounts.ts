import { createOidcIdentityProvider } from './adapters/identity-provider/oidc-identity-provider.ts';
import type { OidcSettings } from './adapters/identity-provider/oidc-settings.ts';
import { createOidcTokenVerifier } from './adapters/identity-provider/oidc-token-verifier.ts';
import { createAccountStore } from './adapters/postgres/account-store.ts';
import { createAuditLog } from './adapters/postgres/audit-log.ts';
import type { Database } from './adapters/postgres/database.ts';
import { createOrganizationStore } from './adapters/postgres/organization-store.ts';
import { createPendingSignIns } from './adapters/postgres/pending-sign-ins.ts';
import { createTotpCodes } from './adapters/second-factor/totp-codes.ts';
import type { TokenVerifier } from './core/access/index.ts';
import {
  type AccountStore,
  createFirstOwnerToken,
  type IdentityProvider,
  type OrganizationStore,
  type PendingSignIns,
  type TotpCodes,
  type UserSecrets,
} from './core/accounts/index.ts';
import type { AuditLog, AuditReader } from './core/audit/index.ts';
import type { CredentialVault } from './core/connections/index.ts';
import type { OutboundHttp } from './core/outbound/index.ts';
import { type Logger, OrganizationId, Scope, type UserId } from './core/shared/index.ts';
import { pageUrl } from './entrypoints/http/accounts/account-links.ts';

export interface Accounts {
  readonly accounts: AccountStore;
  readonly organizations: OrganizationStore;
  readonly auditLog: AuditLog & AuditReader;
  readonly totp: TotpCodes;
  readonly secrets: UserSecrets;
  readonly pendingSignIns: PendingSignIns;
  /** Absent: people sign in here only. */
  readonly provider?: IdentityProvider;
  readonly tokens?: TokenVerifier;
}

/** What signing in, organisations and the audit log need. */
export function openAccounts(options: {
  readonly database: Database;
  readonly vault: CredentialVault;
  readonly outbound: OutboundHttp;
  readonly oidc: OidcSettings | undefined;
  readonly logger: Logger;
}): Accounts {
  const { database, vault, outbound, oidc, logger } = options;
  return {
    accounts: createAccountStore(database),
    organizations: createOrganizationStore(database),
    auditLog: createAuditLog(database),
    totp: createTotpCodes(),
    secrets: createUserSecrets(vault),
    pendingSignIns: createPendingSignIns(database),
    ...(oidc === undefined
      ? {}
      : {
          provider: createOidcIdentityProvider(outbound, oidc),
          tokens: createOidcTokenVerifier(outbound, oidc, { logger }),
        }),
  };
}

/** While nobody can sign in, says in the log how to become the owner. As a warning, so that it is seen. */
export async function announceFirstOwnerLink(
  accounts: AccountStore,
  options: { readonly ownerId: UserId; readonly apiUrl: string; readonly logger: Logger },
): Promise<void> {
  const token = await createFirstOwnerToken(accounts, options.ownerId);
  if (token === null) return;
  const link = pageUrl(options.apiUrl, 'first-owner', token);
  options.logger.warn({ link }, 'nobody can sign in yet: whoever opens this link becomes the owner');
}

/** Users belong to no organisation, so their secrets are sealed for none. */
const noOrganization = new Scope(OrganizationId.parse('00000000-0000-0000-0000-000000000000'));

function createUserSecrets(vault: CredentialVault): UserSecrets {
  const contextOf = (userId: UserId) => `second-factor:${userId}`;
  return {
    seal: (userId, secret) => vault.seal(noOrganization, contextOf(userId), { secret }),
    open: (userId, sealed) => String(vault.open(noOrganization, contextOf(userId), sealed).secret),
  };
}
