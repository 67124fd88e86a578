import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type AnyConnector, defineConnector, type OAuth, SourceError } from '../../connector-kit/index.ts';
import {
  type JsonObject,
  newId,
  OrganizationId,
  ProviderConnectionId,
  Scope,
  SourceConnectionId,
} from '../shared/index.ts';
import type { AuthProvider, CredentialRequest } from './auth-provider.ts';
import { credentialsFromProvider, neededFields } from './provider-credentials.ts';

const oauth: OAuth = {
  ...{ kind: 'oauth2', authorizeUrl: 'https://a.example', tokenUrl: 'https://t.example', scopes: [] },
  tokens: 'with_refresh',
};
const textField = (name: string, required: boolean) =>
  ({ name, title: name, description: '', type: 'string', required }) as const;

function source(change: Partial<AnyConnector> = {}): AnyConnector {
  const nothing = z.object({});
  return defineConnector({
    ...{ shortName: 'notes', displayName: 'Notes', description: 'Notes', className: 'NotesSource', labels: [] },
    ...{ authMethods: ['auth_provider'], isInternal: false, supportsContinuous: false, entityTypes: [], streams: {} },
    ...{ config: nothing, configFields: [], credentials: nothing, credentialFields: [] },
    async validate() {},
    ...change,
  });
}

const scope = new Scope(newId(OrganizationId));
const connectionId = newId(ProviderConnectionId);
const connection = {
  id: newId(SourceConnectionId),
  authProvider: { connectionId, config: { account_id: 'a' } },
};

/** A provider that gives, or throws, one answer after the other, and the last for ever. */
function world(answers: readonly (JsonObject | Error)[], options: { readonly isDeleted?: boolean } = {}) {
  const requests: CredentialRequest[] = [];
  const provider: AuthProvider = {
    ...{ shortName: 'custom', displayName: 'Custom', description: '', className: 'C', authConfigClass: 'A' },
    ...{ configClass: 'B', auth: z.record(z.string(), z.string()), authFields: [], configFields: [] },
    ...{ config: z.record(z.string(), z.string()), blockedSources: [] },
    async validate() {},
    async fetchCredentials(request) {
      requests.push(request);
      const answer = answers[Math.min(requests.length, answers.length) - 1];
      if (answer === undefined || answer instanceof Error) throw answer;
      return answer;
    },
  };
  const stored = { shortName: 'custom', sealedAuth: new Uint8Array([1]) };
  const dependencies = {
    providers: { find: () => provider, list: () => [provider] },
    providerConnections: {
      ...unused,
      findSealedAuth: async () => (options.isDeleted === true ? undefined : stored),
    },
    vault: { seal: () => new Uint8Array(), open: () => ({ api_key: 'key' }) },
  };
  const open = (connector: AnyConnector, delays: readonly number[] = [1, 1]) =>
    credentialsFromProvider(dependencies, scope, connection, connector, { retryDelaysMs: delays });
  return { open, requests };
}

const never = async (): Promise<never> => {
  throw new Error('not of this test');
};
const unused = {
  ...{ insert: never, find: never, list: never, update: never, listUsers: never, deleteUnused: never },
};

describe('credentials from a provider', () => {
  it('are asked for by the fields of the source, with what was sealed and chosen', async () => {
    const { open, requests } = world([{ api_key: 'k' }]);
    const connector = source({ credentialFields: [textField('api_key', true), textField('client_id', true)] });
    expect(await open(connector)).toEqual({ credentials: { api_key: 'k' } });
    expect(requests).toEqual([
      {
        auth: { api_key: 'key' },
        config: { account_id: 'a' },
        sourceShortName: 'notes',
        sourceConnectionId: connection.id,
        fields: [
          { name: 'api_key', isRequired: true },
          { name: 'client_id', isRequired: false },
        ],
        signal: expect.any(AbortSignal),
      },
    ]);
  });

  it('always hold a token where users sign in', () => {
    const credentialFields = [
      textField('access_token', true),
      textField('refresh_token', true),
      textField('site', true),
    ];
    expect(neededFields(source({ oauth, credentialFields }))).toEqual([
      { name: 'access_token', isRequired: true },
      { name: 'refresh_token', isRequired: false },
      { name: 'site', isRequired: true },
    ]);
  });

  it('are tried for three times when the provider is at its limit or out of order', async () => {
    const busy = new SourceError('rate_limited', 'wait', { retryAfterMs: 1 });
    const down = new SourceError('source', 'down', { status: 503 });
    const healed = world([busy, down, { access_token: 'a' }]);
    expect((await healed.open(source({ oauth }))).credentials).toEqual({ access_token: 'a' });
    const broken = world([down]);
    await expect(broken.open(source({ oauth }))).rejects.toBe(down);
    expect([healed.requests.length, broken.requests.length]).toEqual([3, 3]);
  });

  it.each([
    new SourceError('credentials', 'gone', { errorCategory: 'auth_provider_account_gone' }),
    new SourceError('configuration', 'wrong'),
    new SourceError('source', 'not ours', { status: 400 }),
    new SourceError('rate_limited', 'wait long', { retryAfterMs: 31_000 }),
    new Error('a defect'),
  ])('are not tried for again after: %s', async (error) => {
    const { open, requests } = world([error]);
    await expect(open(source({ oauth }))).rejects.toBe(error);
    expect(requests).toHaveLength(1);
  });

  it('cannot be had once the connection to the provider is gone', async () => {
    const { open, requests } = world([], { isDeleted: true });
    await expect(open(source())).rejects.toMatchObject({
      kind: 'credentials',
      errorCategory: 'auth_provider_credentials_invalid',
    });
    expect(requests).toEqual([]);
  });
});

describe('tokens from a provider', () => {
  it('are kept until the source refuses one, and then asked for once by all', async () => {
    const { open, requests } = world([{ access_token: 'old' }, { access_token: 'new' }]);
    const { tokens } = await open(source({ oauth }));
    expect([await tokens?.current(), await tokens?.current()]).toEqual(['old', 'old']);
    expect(await Promise.all([tokens?.renew('old'), tokens?.renew('old')])).toEqual(['new', 'new']);
    // Somebody who met the refusal later is given the new one at once.
    expect([await tokens?.renew('old'), await tokens?.current(), requests.length]).toEqual(['new', 'new', 2]);
  });

  it('that are refused although they are new say that the account has to sign in again', async () => {
    const { open } = world([{ access_token: 'same' }]);
    const { tokens } = await open(source({ oauth }));
    await expect(tokens?.renew('same')).rejects.toMatchObject({
      kind: 'credentials',
      errorCategory: 'auth_provider_account_gone',
    });
  });

  it('are asked for anew after five minutes', async ({ onTestFinished }) => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { open } = world([{ access_token: 'first' }, { access_token: 'second' }]);
    const { tokens } = await open(source({ oauth }));
    vi.advanceTimersByTime(299_000);
    expect(await tokens?.current()).toBe('first');
    vi.advanceTimersByTime(2_000);
    expect(await tokens?.current()).toBe('second');
  });
});
