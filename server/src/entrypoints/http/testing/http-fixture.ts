import { createTestDatabase } from '../../../../test/test-database.ts';
import { createAccountStore } from '../../../adapters/postgres/account-store.ts';
import { createAuditLog } from '../../../adapters/postgres/audit-log.ts';
import { createCollectionStore } from '../../../adapters/postgres/collection-store.ts';
import { createConnectSessionStore } from '../../../adapters/postgres/connect-session-store.ts';
import { type Database, openDatabase } from '../../../adapters/postgres/database.ts';
import { createIdentityStore } from '../../../adapters/postgres/identity-store.ts';
import {
  type Caller,
  createApiKey,
  createAuthenticator,
  type IdentityStore,
  type Membership,
  type NewApiKey,
  type TokenVerifier,
} from '../../../core/access/index.ts';
import { authenticateSession, type ConnectSessionDependencies } from '../../../core/connect/index.ts';
import type { RequestLimiter } from '../../../core/quotas/index.ts';
import {
  AppError,
  type Logger,
  newId,
  OrganizationId,
  Scope,
  silentLogger,
  UserId,
} from '../../../core/shared/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { createHttpServer } from '../http-server.ts';
import { createOriginPolicy } from '../origin-policy.ts';

export interface HttpFixtureOptions {
  readonly endpoints: (
    database: Database,
    identityStore: IdentityStore,
    connect: ConnectSessionDependencies,
    owner: Membership,
  ) => readonly Endpoint[];
  /** The identity provider; default: there is none. */
  readonly tokens?: TokenVerifier;
  /** Without authentication; default false. */
  readonly isOpen?: boolean;
  readonly additionalOrigins?: readonly string[];
  readonly publicUrl?: string;
  readonly logger?: Logger;
  /** Default: requests are not limited. */
  readonly requestLimiter?: (database: Database) => RequestLimiter;
}

/** An answer with its JSON, or its text when it is none. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of every shape
  readonly body: any;
}

export interface HttpFixture {
  readonly url: string;
  readonly database: Database;
  readonly identityStore: IdentityStore;
  readonly endpoints: readonly Endpoint[];
  /** The owner of the first organisation. */
  readonly owner: Membership;
  /** An organisation that must see nothing of the first one's. */
  readonly foreign: { readonly caller: Caller; readonly key: string };
  readonly operatorToken: string;
  readonly connectSessions: ConnectSessionDependencies;
  /** Calls the server; an object as body is sent as JSON, text as it is. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** A key of the first organisation. */
  createKey(limits?: Partial<NewApiKey> & { readonly isExpired?: boolean }): Promise<string>;
  close(): Promise<void>;
}

export interface AskOptions {
  readonly key?: string;
  readonly bearer?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server on a database of its own, with two organisations. */
export async function createHttpFixture(options: HttpFixtureOptions): Promise<HttpFixture> {
  const testDatabase = await createTestDatabase();
  const logger = options.logger ?? silentLogger;
  const database = await openDatabase(testDatabase.connection, { logger, maxConnections: 8 });
  const identityStore = createIdentityStore(database);
  const owner = await identityStore.ensureFirstOwner({ email: 'owner@weft.local', organizationName: 'Ours' });
  const foreign = await addOrganization(database, identityStore);
  const operatorToken = 'operator-token-of-the-test';
  const authenticator = createAuthenticator({
    store: identityStore,
    logger,
    localOwner: options.isOpen ? owner : null,
    operatorToken,
    sessions: createAccountStore(database),
    ...(options.tokens === undefined ? {} : { tokens: options.tokens }),
  });
  const originPolicy = createOriginPolicy({
    isOpen: options.isOpen ?? false,
    boundHost: '127.0.0.1',
    publicUrl: options.publicUrl,
    additionalOrigins: options.additionalOrigins ?? [],
  });
  const connect: ConnectSessionDependencies = {
    sessions: createConnectSessionStore(database),
    collections: createCollectionStore(database),
    organizations: identityStore,
    signingKeys: [new Uint8Array(32).fill(3)],
  };
  const endpoints = options.endpoints(database, identityStore, connect, owner);
  const requestLimiter = options.requestLimiter?.(database);
  const server = createHttpServer({
    ...{ endpoints, authenticator, originPolicy, logger, onAnswered: () => undefined },
    auditLog: createAuditLog(database),
    authenticateSession: (authorization) => authenticateSession(connect, authorization),
    ...(requestLimiter === undefined ? {} : { requestLimiter }),
  });
  const { url } = await server.listen('127.0.0.1', 0);
  const ownerCaller = toCaller(owner);

  return {
    url,
    database,
    identityStore,
    endpoints,
    owner,
    foreign,
    operatorToken,
    connectSessions: connect,
    ask: (method, path, askOptions) => ask(url, method, path, askOptions),
    createKey: async ({ isExpired = false, ...limits } = {}) => {
      const input = { name: null, expirationDays: 1, scopes: null, collections: null, ...limits };
      const now = isExpired ? new Date(Date.now() - 2 * 86_400_000) : new Date();
      return (await createApiKey(identityStore, ownerCaller, input, now)).secret;
    },
    close: async () => {
      await server.close();
      await authenticator.close();
      await database.close();
      await testDatabase.drop();
    },
  };
}

function toCaller(membership: Membership): Caller {
  return {
    scope: new Scope(membership.organization.id),
    kind: 'user',
    userId: membership.user.id,
    email: membership.user.email,
    role: membership.role,
    keyScopes: null,
    collections: null,
  };
}

async function addOrganization(database: Database, store: IdentityStore): Promise<HttpFixture['foreign']> {
  const id = newId(OrganizationId);
  const userId = newId(UserId);
  const queries = database.system();
  await queries.insertInto('organizations').values({ id, name: 'Theirs', created_at: new Date() }).execute();
  await queries
    .insertInto('users')
    .values({ id: userId, email: 'other@example.com', full_name: 'Other', last_active_at: null })
    .execute();
  await queries.insertInto('memberships').values({ organization_id: id, user_id: userId, role: 'owner' }).execute();
  const membership = await store.findMembership(userId, id);
  if (membership === undefined) throw new AppError('internal', 'the membership was not stored');
  const caller = toCaller(membership);
  const input = { name: null, expirationDays: 1, scopes: null, collections: null };
  return { caller, key: (await createApiKey(store, caller, input)).secret };
}

async function ask(url: string, method: string, path: string, options: AskOptions = {}): Promise<Answer> {
  const { body } = options;
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' }),
      ...(options.key === undefined ? {} : { 'x-api-key': options.key }),
      ...(options.bearer === undefined ? {} : { authorization: `Bearer ${options.bearer}` }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not every answer is JSON: pages and preflights are not.
    return text;
  }
}
