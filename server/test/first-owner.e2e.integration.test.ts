import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ServerFixture } from './server-fixture.ts';

const commandLine = fileURLToPath(new URL('../src/entrypoints/cli/main.ts', import.meta.url));
const fixture = ServerFixture.use();
const linkPattern = /http:\/\/127\.0\.0\.1:\d+\/auth\/pages\/first-owner\?token=[\w-]{43}/g;

it('the first start with authentication prints a link, a new one each start, until somebody is the owner', {
  timeout: 240_000,
}, async () => {
  const env = { AUTH_ENABLED: 'true', LOG_FORMAT: 'json' };
  let server = await fixture.start(env);
  const [first] = await findLinks(() => server.output());
  await server.stop();

  server = await fixture.start(env);
  const [second] = await findLinks(() => server.output());
  expect(second).not.toBe(first);
  const { stdout } = await promisify(execFile)(process.execPath, [commandLine, 'accounts', 'first-owner'], {
    env: { PATH: process.env.PATH, WEFT_DATA_DIR: fixture.dataDirectory },
  });
  expect(stdout.trim()).toMatch(linkPattern);

  const token = new URL(second ?? '').searchParams.get('token') ?? '';
  const sent = await fetch(`${server.url}/auth/pages/first-owner`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: server.url },
    body: new URLSearchParams({ token, email: 'ada@example.com', full_name: 'Ada', password: 'correct horse battery' }),
  });
  expect(sent.status).toBe(303);
  const cookie = sent.headers.get('set-cookie')?.split(';')[0] ?? '';
  const collections = await fetch(`${server.url}/collections`, { headers: { cookie } });
  expect(await collections.json()).toContainEqual(expect.objectContaining({ readable_id: 'getting-started' }));
  await server.stop();

  server = await fixture.start(env);
  expect((await fetch(`${server.url}/collections`, { headers: { cookie } })).status).toBe(200);
  expect(server.output()).not.toMatch(/first-owner/);
});

async function findLinks(output: () => string): Promise<readonly string[]> {
  await expect.poll(() => output().match(linkPattern), { timeout: 20_000 }).not.toBeNull();
  return output().match(linkPattern) ?? [];
}
