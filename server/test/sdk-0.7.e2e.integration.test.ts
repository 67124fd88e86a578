import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadOlderSdk, type OlderClient, type OlderSdk } from './sdk-0.7.ts';
import { ServerFixture } from './server-fixture.ts';

/** `npm install --prefix DIRECTORY @airweave/sdk@0.7.20`; the tests are left out without it. */
const directory = process.env.AIRWEAVE_SDK_DIRECTORY;
const commandLine = fileURLToPath(new URL('../src/entrypoints/cli/main.ts', import.meta.url));
const unknownId = '00000000-0000-4000-8000-000000000000';

describe.skipIf(directory === undefined)('the client of the older generation', () => {
  const fixture = ServerFixture.use();
  let sdk: OlderSdk;
  beforeAll(async () => {
    sdk = await loadOlderSdk(directory ?? '');
  });

  async function waitForStatus(client: OlderClient, id: unknown, wanted: string): Promise<Record<string, unknown>> {
    let newest: Record<string, unknown> = {};
    const status = async () => {
      const jobs = (await client.sourceConnections.getSourceConnectionJobs(id, { limit: 1 })) as unknown;
      newest = (jobs as readonly Record<string, unknown>[])[0] ?? {};
      return newest.status;
    };
    await expect.poll(status, { timeout: 60_000, interval: 100 }).toBe(wanted);
    return newest;
  }

  it('connects, syncs, searches and cleans up with each of its methods', { timeout: 240_000 }, async () => {
    const server = await fixture.start({ ENABLE_INTERNAL_SOURCES: 'true' });
    const client = sdk.connect(server.url, 'any');
    const { sources, collections, sourceConnections } = client;

    expect(await sources.list()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ short_name: 'files', id: expect.any(String), created_at: expect.any(String) }),
      ]),
    );
    expect(await sources.get('stub')).toMatchObject({
      short_name: 'stub',
      config_fields: { fields: expect.any(Array) },
    });

    const created = await collections.create({ name: 'Finance data', readable_id: 'finance-data' });
    expect(created).toMatchObject({ readable_id: 'finance-data', status: 'NEEDS_SOURCE' });
    expect(await collections.get('finance-data')).toEqual(created);
    expect(await collections.list({ search: 'finance', limit: 10, skip: 0 })).toEqual([created]);

    const connection = await sourceConnections.create({
      name: 'Made-up content',
      short_name: 'file_stub',
      readable_collection_id: 'finance-data',
      authentication: { credentials: { stub_key: 'key' } },
      config: { custom_content_prefix: 'quokkaword' },
    });
    expect(connection).toMatchObject({ short_name: 'file_stub', auth: { method: 'direct', authenticated: true } });
    const first = await waitForStatus(client, connection.id, 'completed');
    expect(first.entities_inserted).toBeGreaterThan(0);
    expect(await sourceConnections.list({ collection: 'finance-data' })).toEqual([
      expect.objectContaining({ id: connection.id, status: 'active', entity_count: expect.any(Number) }),
    ]);

    const found = await collections.search('finance-data', {
      query: 'quokkaword',
      retrieval_strategy: 'keyword',
      expand_query: false,
      interpret_filters: false,
      rerank: false,
      generate_answer: false,
      limit: 5,
    });
    expect(JSON.stringify(found.results)).toContain('quokkaword');
    const legacy = await collections.searchGetLegacy('finance-data', {
      query: 'quokkaword',
      response_type: 'raw',
      limit: 5,
    });
    expect(legacy).toMatchObject({ status: 'success', response_type: 'raw', completion: null });
    expect(JSON.stringify(legacy.results)).toContain('quokkaword');

    const renamed = await sourceConnections.update(connection.id, { name: 'Another name', description: 'Why' });
    expect(renamed).toMatchObject({ id: connection.id, name: 'Another name', description: 'Why' });
    expect(await sourceConnections.get(connection.id)).toMatchObject({ name: 'Another name' });

    const run = await sourceConnections.run(connection.id, {});
    expect(run).toMatchObject({ source_connection_id: connection.id });
    await waitForStatus(client, connection.id, 'completed');
    const jobs = await collections.refreshAllSourceConnections('finance-data');
    expect(jobs).toEqual([expect.objectContaining({ source_connection_id: connection.id })]);
    await waitForStatus(client, connection.id, 'completed');

    const slow = await sourceConnections.create({
      short_name: 'timed',
      readable_collection_id: 'finance-data',
      authentication: { credentials: { timed_key: 'key' } },
      config: { entity_count: 20, duration_seconds: 600 },
    });
    const running = await waitForStatus(client, slow.id, 'running');
    const cancelled = await sourceConnections.cancelJob(slow.id, running.id);
    expect(['cancelling', 'cancelled']).toContain(cancelled.status);
    await waitForStatus(client, slow.id, 'cancelled');

    expect(await sourceConnections.delete(slow.id)).toMatchObject({ id: slow.id });
    expect(await collections.delete('finance-data')).toMatchObject({ id: created.id });
    expect(await collections.list()).not.toContainEqual(expect.objectContaining({ id: created.id }));
  });

  it('gets its own classes of errors, with bodies that it can read', { timeout: 120_000 }, async () => {
    const server = await fixture.start({ ENABLE_INTERNAL_SOURCES: 'true' });
    const client = sdk.connect(server.url, 'any');
    const problem = {
      loc: ['body', 'name'],
      msg: 'String should have at least 4 characters',
      type: 'string_too_short',
    };
    expect(await sdk.refusalOf(client.collections.create({ name: 'abc' }))).toEqual({
      name: 'UnprocessableEntityError',
      statusCode: 422,
      body: { errors: [{ 'body.name': problem.msg }], detail: [problem] },
    });
    const missing = [
      () => client.sources.get('no-such-source'),
      () => client.collections.get('no-such-collection'),
      () => client.collections.delete('no-such-collection'),
      () => client.collections.refreshAllSourceConnections('no-such-collection'),
      () => client.collections.search('no-such-collection', { query: 'anything' }),
      () => client.collections.searchGetLegacy('no-such-collection', { query: 'anything' }),
      () => client.sourceConnections.create({ short_name: 'stub', readable_collection_id: 'no-such-collection' }),
      () => client.sourceConnections.get(unknownId),
      () => client.sourceConnections.delete(unknownId),
      () => client.sourceConnections.update(unknownId, { name: 'Another name' }),
      () => client.sourceConnections.run(unknownId, {}),
      () => client.sourceConnections.getSourceConnectionJobs(unknownId, {}),
      () => client.sourceConnections.cancelJob(unknownId, unknownId),
    ];
    for (const call of missing) {
      expect(await sdk.refusalOf(call())).toEqual({
        name: 'AirweaveSDKError',
        statusCode: 404,
        body: { detail: expect.any(String) },
      });
    }
  });

  it('is told what is wrong with its key when authentication is on', { timeout: 120_000 }, async () => {
    const server = await fixture.start({ AUTH_ENABLED: 'true' });
    const statusWith = async (key: string) => {
      const { statusCode, body } = await sdk.refusalOf(sdk.connect(server.url, key).collections.list());
      return [statusCode, body];
    };
    expect(await statusWith('no-such-key')).toEqual([403, { detail: expect.stringMatching(/invalid or expired/i) }]);
    expect(await statusWith('')).toEqual([401, { detail: expect.stringMatching(/authentication/i) }]);
    const { stdout } = await promisify(execFile)(process.execPath, [commandLine, 'keys', 'create'], {
      env: { PATH: process.env.PATH, WEFT_DATA_DIR: fixture.dataDirectory },
    });
    expect(await sdk.connect(server.url, stdout.trim()).collections.list()).toEqual(expect.any(Array));
  });
});
