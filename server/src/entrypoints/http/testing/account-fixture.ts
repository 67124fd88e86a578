import { createCredentialVault } from '../../../adapters/credential-vault/credential-vault.ts';
import { createAccountStore } from '../../../adapters/postgres/account-store.ts';
import { createAuditLog } from '../../../adapters/postgres/audit-log.ts';
import type { Database } from '../../../adapters/postgres/database.ts';
import { createFeatureFlagStore } from '../../../adapters/postgres/feature-flag-store.ts';
import { createOrganizationStore } from '../../../adapters/postgres/organization-store.ts';
import { createPendingSignIns } from '../../../adapters/postgres/pending-sign-ins.ts';
import { createQuotaStore } from '../../../adapters/postgres/quota-store.ts';
import { createTotpCodes } from '../../../adapters/second-factor/totp-codes.ts';
import type { IdentityStore, Membership, Role, TokenVerifier, User } from '../../../core/access/index.ts';
import { type IdentityProvider, openSession } from '../../../core/accounts/index.ts';
import { unlimited } from '../../../core/quotas/index.ts';
import { newId, OrganizationId, Scope } from '../../../core/shared/index.ts';
import type { AccountDependencies } from '../accounts/account-dependencies.ts';
import { accountEndpoints } from '../accounts/account-endpoints.ts';
import { apiKeyEndpoints } from '../api-keys/api-key-endpoints.ts';
import { auditLogEndpoints } from '../audit-log/audit-log-endpoints.ts';
import type { Endpoint } from '../endpoint.ts';
import { identityEndpoints } from '../users/identity-endpoints.ts';
import { type Answer, createHttpFixture, type HttpFixture } from './http-fixture.ts';

/** A server where people sign in. */
export interface AccountFixture extends HttpFixture {
  readonly dependencies: AccountDependencies;
  /** Somebody who is signed in and, with a role, a member of the first organisation. */
  createPerson(name: string, role?: Role): Promise<Person>;
  /** What the audit log of the first organisation says, oldest first. */
  readAuditLog(): Promise<readonly { readonly action: string; readonly actorEmail: string | null }[]>;
}

export interface Person {
  readonly user: User;
  readonly token: string;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
}

const apiUrl = 'https://weft.example.com';

/** Real stores; secrets are sealed with a key of the test's. */
export function toAccountDependencies(
  database: Database,
  identities: IdentityStore,
  owner: Membership,
  provider?: IdentityProvider,
): AccountDependencies {
  const vault = createCredentialVault([new Uint8Array(32).fill(7)]);
  const scope = new Scope(newId(OrganizationId));
  return {
    identities,
    accounts: createAccountStore(database),
    organizations: createOrganizationStore(database),
    features: createFeatureFlagStore(database),
    totp: createTotpCodes(),
    secrets: {
      seal: (userId, secret) => vault.seal(scope, userId, { secret }),
      open: (userId, sealed) => String(vault.open(scope, userId, sealed).secret),
    },
    pendingSignIns: createPendingSignIns(database),
    ...(provider === undefined ? {} : { provider }),
    firstOwnerId: owner.user.id,
    apiUrl: () => apiUrl,
  };
}

export async function createAccountFixture(
  options: {
    readonly tokens?: TokenVerifier;
    readonly provider?: IdentityProvider;
    readonly isOpen?: boolean;
    /** Beside the real endpoints. */
    readonly also?: (database: Database) => readonly Endpoint[];
    /** Instead of the real endpoints. */
    readonly only?: readonly Endpoint[];
  } = {},
): Promise<AccountFixture> {
  let dependencies: AccountDependencies | undefined;
  const fixture = await createHttpFixture({
    ...(options.tokens === undefined ? {} : { tokens: options.tokens }),
    ...(options.isOpen === undefined ? {} : { isOpen: options.isOpen }),
    endpoints: (database, identities, _connect, owner) => {
      dependencies = toAccountDependencies(database, identities, owner, options.provider);
      if (options.only !== undefined) return options.only;
      return [
        ...identityEndpoints({ ...dependencies, quotas: createQuotaStore(database, unlimited) }),
        ...(options.also?.(database) ?? []),
        ...accountEndpoints(dependencies),
        ...apiKeyEndpoints(identities),
        ...auditLogEndpoints({ reader: createAuditLog(database), defaultRetentionDays: 365 }),
      ];
    },
  });
  if (dependencies === undefined) throw new Error('the endpoints were not made');
  const { accounts } = dependencies;
  const { database, identityStore, owner } = fixture;

  return {
    ...fixture,
    dependencies,
    async createPerson(name, role) {
      const user = await identityStore.saveUser({
        ...{ email: `${name}@example.com`, fullName: name, externalId: null },
      });
      if (role !== undefined) {
        const membership = { organization_id: owner.organization.id, user_id: user.id, role, is_primary: true };
        await database.system().insertInto('memberships').values(membership).execute();
      }
      const origin = { requestId: 'test', address: null, userAgent: null };
      const { token } = await openSession(accounts, user, 'password', origin);
      const call = (method: string, path: string, body?: unknown) =>
        fixture.ask(method, path, { bearer: token, ...(body === undefined ? {} : { body }) });
      return { user, token, call };
    },
    async readAuditLog() {
      const page = { before: null, limit: 1_000 };
      const records = await createAuditLog(database).list(new Scope(owner.organization.id), {}, page);
      return records.toReversed();
    },
  };
}
