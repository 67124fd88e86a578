import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ApiClient, ApiError } from '../scripts/api-client.ts';
import { countPassages, ServerFixture, waitForJob } from './server-fixture.ts';

const commandLine = fileURLToPath(new URL('../src/entrypoints/cli/main.ts', import.meta.url));
const fixture = ServerFixture.use();

it('with authentication, a key made on the machine itself is what opens the API, within its limits', {
  timeout: 240_000,
}, async () => {
  await fixture.write({ 'open/paper.txt': 'The otter sleeps.\n', 'closed/secret.txt': 'Nobody may read this.\n' });
  await mkdir(join(fixture.folder, 'open/inner'));
  await symlink(join(fixture.folder, 'closed'), join(fixture.folder, 'open/way-out'));
  const server = await fixture.start({ AUTH_ENABLED: 'true', FILES_ROOTS: join(fixture.folder, 'open') });
  const as = (headers: Readonly<Record<string, string>>) => new ApiClient(server.url, headers);

  expect(await statusOf(server.api.get('/collections'))).toBe(401);
  expect(await statusOf(as({ 'x-api-key': 'no-such-key' }).get('/collections'))).toBe(403);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);

  const makeKey = async (...limits: string[]): Promise<ApiClient> => as({ 'x-api-key': await createKey(limits) });
  const owner = await makeKey();
  const { id } = await fixture.connect(owner, { path: join(fixture.folder, 'open') });
  await waitForJob(owner, id);
  expect(await countPassages(owner, 'otter')).toBe(1);
  expect(await countPassages(owner, 'Nobody')).toBe(0);

  const searcher = await makeKey('--scopes', 'search', '--collections', 'papers');
  expect(await countPassages(searcher, 'otter')).toBe(1);
  expect(await statusOf(searcher.get('/collections'))).toBe(403);
  expect(await statusOf(searcher.post('/collections/getting-started/search/instant', { query: 'otter' }))).toBe(404);

  for (const path of ['closed', 'open/../closed', 'open/way-out', '.', 'open-not-there'].map(
    (name) => `${fixture.folder}/${name}`,
  )) {
    const refusal = await refusalOf(
      owner.post('/source-connections', { short_name: 'files', readable_collection_id: 'papers', config: { path } }),
    );
    expect([path, refusal.status]).toEqual([path, 400]);
    expect(refusal.message).toContain('not in a folder that may be read');
  }
  // A change is not checked against the disk; the run is.
  await owner.patch(`/source-connections/${id}`, { config: { path: join(fixture.folder, 'closed') } });
  await owner.post(`/source-connections/${id}/run`);
  expect((await waitForJob(owner, id, ({ status }) => status === 'failed')).error).toContain('FILES_ROOTS');
  expect(await countPassages(owner, 'Nobody')).toBe(0);
});

/** As somebody with a shell on the server's machine does, without any key. */
async function createKey(limits: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [commandLine, 'keys', 'create', ...limits], {
    env: { PATH: process.env.PATH, WEFT_DATA_DIR: fixture.dataDirectory },
  });
  return stdout.trim();
}

async function refusalOf(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.then(
    () => new Error('it was allowed'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw error;
  return error;
}

const statusOf = async (call: Promise<unknown>): Promise<number> => (await refusalOf(call)).status;
