import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSyncFixture, type SyncFixture } from '../../../test/sync-fixture.ts';
import { createCredentialVault } from '../../adapters/credential-vault/credential-vault.ts';
import { createTokenStore } from '../../adapters/postgres/token-store.ts';
import { type OAuth2, SourceError } from '../../connector-kit/index.ts';
import { type SourceConnection, statusOf } from '../connections/index.ts';
import { silentLogger } from '../shared/index.ts';
import { OAuthFailure, type OAuthGateway, type TokenAnswer } from './oauth-gateway.ts';
import { renewIdleTokens } from './renew-idle-tokens.ts';
import { RenewedTokens } from './renewed-tokens.ts';
import { parseStoredTokens, type StoredTokens, toSealable } from './stored-tokens.ts';
import { sealingKey } from './testing/sealing-key.ts';

const vault = createCredentialVault([sealingKey]);
const oauth2: OAuth2 = {
  ...{ kind: 'oauth2', scopes: [], tokens: 'with_rotating_refresh' },
  ...{ authorizeUrl: 'https://s.example/a', tokenUrl: 'https://s.example/t' },
};
const minutesAhead = (minutes: number) => new Date(Date.now() + minutes * 60_000);

let fixture: SyncFixture;
beforeAll(async () => {
  fixture = await createSyncFixture();
});
afterAll(() => fixture.close());

/** A connection that has signed in. */
async function signedIn(
  changes: Partial<StoredTokens> = {},
): Promise<{ connection: SourceConnection; stored: StoredTokens }> {
  const connection = await fixture.connect();
  const stored = parseStoredTokens({ access_token: 'first', refresh_token: 'r1', expires_at: null, client: null });
  const tokens = { ...stored, ...changes };
  const credentials = Buffer.from(vault.seal(fixture.caller.scope, connection.id, toSealable(tokens)));
  await fixture.database
    .system()
    .updateTable('source_connections')
    .set({ credentials, auth_method: 'oauth_browser' })
    .where('id', '=', connection.id)
    .execute();
  return { connection, stored: tokens };
}

async function storedOf(connection: SourceConnection): Promise<StoredTokens> {
  const { scope } = fixture.caller;
  const sealed = await createTokenStore(fixture.database).read(scope, connection.id);
  return parseStoredTokens(vault.open(scope, connection.id, sealed ?? new Uint8Array()));
}

function tokensOf(
  { connection, stored }: { connection: SourceConnection; stored: StoredTokens },
  refresh: OAuthGateway['refresh'],
  oauth = oauth2,
): RenewedTokens {
  const unused = () => Promise.reject(new Error('not asked for in these tests'));
  return new RenewedTokens(
    {
      tokens: createTokenStore(fixture.database),
      oauth: { refresh, exchangeCode: unused, requestToken: unused, accessToken: unused },
      vault,
      runLocked: (_name, work) => work(),
    },
    { scope: fixture.caller.scope, id: connection.id, oauth, client: { id: 'c', secret: 's' } },
    stored,
  );
}

const answer = (changes: Partial<TokenAnswer> = {}): TokenAnswer => ({
  accessToken: 'second',
  refreshToken: 'r2',
  expiresAt: minutesAhead(60),
  kept: {},
  ...changes,
});
const statusNow = async ({ id }: SourceConnection) => {
  const found = await fixture.connectionDependencies.connections.find(fixture.caller.scope, id);
  return found === undefined ? undefined : { status: statusOf(found), pausedBy: found.sync?.pausedBy };
};

describe('a token', () => {
  it('that lasts is used as it is', async () => {
    const tokens = tokensOf(await signedIn(), () => Promise.reject(new Error('asked')));
    expect(await tokens.current()).toBe('first');
  });

  it('that ends soon is renewed before, and what replaces the refresh token is kept', async () => {
    const given = await signedIn({ expires_at: minutesAhead(3) });
    const asked: string[] = [];
    const tokens = tokensOf(given, async (_oauth, { refreshToken }) => {
      asked.push(refreshToken);
      return answer();
    });
    expect(await Promise.all([tokens.current(), tokens.current()])).toEqual(['second', 'second']);
    expect(asked).toEqual(['r1']);
    expect(await storedOf(given.connection)).toMatchObject({ access_token: 'second', refresh_token: 'r2' });
  });

  it('keeps its refresh token where the source gives no new one', async () => {
    const given = await signedIn({ expires_at: minutesAhead(-1) });
    const { refreshToken: _left, ...without } = answer();
    expect(await tokensOf(given, async () => without).current()).toBe('second');
    expect((await storedOf(given.connection)).refresh_token).toBe('r1');
  });

  it('is used to its end while the source cannot renew it, and no longer', async () => {
    const failing = () => Promise.reject(new OAuthFailure('unavailable', 'Out of order.'));
    expect(await tokensOf(await signedIn({ expires_at: minutesAhead(2) }), failing).current()).toBe('first');
    const ended = await signedIn({ expires_at: minutesAhead(-1) });
    await expect(tokensOf(ended, failing).current()).rejects.toMatchObject({ kind: 'source', status: 503 });
    expect(await statusNow(ended.connection)).toEqual({ status: 'active', pausedBy: null });
  });

  it.each([
    ['rate_limited', 'rate_limited'],
    ['unusable', 'source'],
    ['client', 'configuration'],
  ] as const)('leaves the connection as it is when renewing fails with %s', async (kind, sourceKind) => {
    const given = await signedIn();
    const tokens = tokensOf(given, () => Promise.reject(new OAuthFailure(kind, 'No.')));
    await expect(tokens.renew('first')).rejects.toMatchObject({ kind: sourceKind });
    expect(await statusNow(given.connection)).toEqual({ status: 'active', pausedBy: null });
  });

  it('that the source renews no more leaves the connection to be signed in to again, its sync paused', async () => {
    const given = await signedIn();
    const tokens = tokensOf(given, () => Promise.reject(new OAuthFailure('grant', 'No more.')));
    const failure = await tokens.renew('first').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SourceError);
    expect(failure).toMatchObject({ kind: 'credentials', errorCategory: 'oauth_credentials_expired' });
    expect(await statusNow(given.connection)).toEqual({ status: 'needs_reauth', pausedBy: 'credentials' });
  });

  it.each([
    ['access_only', 'r1'],
    ['with_refresh', null],
  ] as const)('of a source with %s and the refresh token %j is not renewed', async (kind, refreshToken) => {
    const given = await signedIn({ refresh_token: refreshToken, expires_at: minutesAhead(1) });
    const tokens = tokensOf(given, () => Promise.reject(new Error('asked')), { ...oauth2, tokens: kind });
    expect(await tokens.current()).toBe('first');
    await expect(tokens.renew('first')).rejects.toMatchObject({ kind: 'credentials' });
  });

  it('is not replaced by an older one when the person has signed in again meanwhile', async () => {
    const given = await signedIn();
    const tokens = tokensOf(given, async () => {
      const newer = toSealable({ ...given.stored, access_token: 'signed-in-again' });
      const credentials = Buffer.from(vault.seal(fixture.caller.scope, given.connection.id, newer));
      await fixture.database
        .system()
        .updateTable('source_connections')
        .set({ credentials })
        .where('id', '=', given.connection.id)
        .execute();
      return answer();
    });
    expect(await tokens.renew('first')).toBe('signed-in-again');
    expect((await storedOf(given.connection)).access_token).toBe('signed-in-again');
  });
});

describe('tokens that nobody uses', () => {
  const dayLater = () => new Date(Date.now() + 25 * 3_600_000);

  it('are renewed once a day, and those that are taken back are noticed', async () => {
    const kept = await signedIn();
    const takenBack = await signedIn();
    const odd = await signedIn();
    await expect(tokensOf(takenBack, async () => answer()).renew('first')).resolves.toBe('second');
    const asked: string[] = [];
    const [connector] = fixture.connectionDependencies.connectors.list();
    const run = (now: Date) =>
      renewIdleTokens(
        {
          tokens: createTokenStore(fixture.database),
          connectors: {
            find: () => (connector === undefined ? undefined : { ...connector, oauth: oauth2 }),
            list: () => [],
          },
          async access(_scope, _connector, { id }) {
            const of = [kept, takenBack, odd].find(({ connection }) => connection.id === id);
            if (of === undefined) throw new Error('of another test');
            const stored = await storedOf(of.connection);
            return {
              credentials: {},
              tokens: tokensOf({ ...of, stored }, async () => {
                asked.push(id);
                if (of === odd) throw new OAuthFailure('unavailable', 'Out of order.');
                if (of === takenBack) throw new OAuthFailure('grant', 'No more.');
                return answer();
              }),
            };
          },
          logger: silentLogger,
        },
        { now, signal: new AbortController().signal },
      );
    // It was just renewed; the others have never been.
    await run(new Date());
    await run(new Date());
    expect(asked.toSorted()).toEqual([kept.connection.id, odd.connection.id].toSorted());
    await run(dayLater());
    expect(asked).toHaveLength(5);
    expect(await statusNow(kept.connection)).toMatchObject({ status: 'active' });
    expect(await statusNow(odd.connection)).toMatchObject({ status: 'active' });
    expect(await statusNow(takenBack.connection)).toEqual({ status: 'needs_reauth', pausedBy: 'credentials' });
  });
});

describe('several processes', () => {
  it('renew a token once, and all go on with the new one', { timeout: 60_000 }, async () => {
    const { connection } = await signedIn();
    const refreshTokens: (string | null)[] = [];
    const server = createServer(async (request, response) => {
      refreshTokens.push(new URLSearchParams(await text(request)).get('refresh_token'));
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          access_token: `token-${refreshTokens.length}`,
          refresh_token: `r${refreshTokens.length + 1}`,
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const script = fileURLToPath(new URL('testing/renew-in-process.ts', import.meta.url));
    const given = [
      ...['--database', fixture.databaseUrl, '--organization', fixture.caller.scope.organizationId],
      ...['--connection', connection.id, '--url', url],
    ];
    const children = [1, 2, 3].map(() =>
      spawn(process.execPath, [script, ...given], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const lines = children.map((child) => createInterface({ input: child.stdout })[Symbol.asyncIterator]());
    for (const of of lines) expect((await of.next()).value).toBe('ready');
    const ends = children.map((child) => once(child, 'exit'));
    for (const child of children) child.stdin.write('go\n');
    const used = await Promise.all(lines.map(async (of) => (await of.next()).value));
    await Promise.all(ends);
    server.close();
    expect(used).toEqual(['token-1', 'token-1', 'token-1']);
    expect(refreshTokens).toEqual(['r1']);
    expect(await storedOf(connection)).toMatchObject({ access_token: 'token-1', refresh_token: 'r2' });
  });
});
