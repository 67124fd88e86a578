import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ServerFixture } from './server-fixture.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const commandLine = fileURLToPath(new URL('../src/entrypoints/cli/main.ts', import.meta.url));
let database: TestDatabase;
// Before the fixture's hooks, so that its servers are gone when the database goes.
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());
const fixture = ServerFixture.use();

const start = () =>
  fixture.start({
    DATABASE_URL: database.url.replace('@/', '@localhost/'),
    AUTH_ENABLED: 'true',
    REQUEST_LIMIT_PER_MINUTE: '50',
    WEFT_ROLE: 'api',
  });

it('two servers on one database let through exactly as many requests as the limit says, asked 200 at once', {
  timeout: 120_000,
}, async () => {
  const servers = [await start(), await start()];
  const key = await createKey();
  const ask = (url: string) => fetch(`${url}/collections`, { headers: { 'x-api-key': key } });
  const answers = await Promise.all(servers.flatMap(({ url }) => Array.from({ length: 100 }, () => ask(url))));
  const passed = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 429);
  expect([passed.length, refused.length]).toEqual([50, 150]);
  const now = Date.now() / 1000;
  const remaining = passed.map(({ headers }) => Number(headers.get('ratelimit-remaining')));
  expect(remaining.sort((a, b) => b - a)).toEqual(Array.from({ length: 50 }, (_, place) => 49 - place));
  for (const { headers } of refused) {
    expect([headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')]).toEqual(['50', '0']);
    const retryAfter = Number(headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(retryAfter).toBeLessThanOrEqual(61);
    expect(Number(headers.get('ratelimit-reset'))).toBeGreaterThan(now);
  }
  expect(await refused[0]?.json()).toEqual({
    detail: expect.stringMatching(/^Rate limit exceeded\. Try again in \d+ seconds\.$/),
  });
});

/** As somebody with a shell on the server's machine does, without any key. */
async function createKey(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [commandLine, 'keys', 'create'], {
    env: { PATH: process.env.PATH, WEFT_DATA_DIR: fixture.dataDirectory },
  });
  return stdout.trim();
}
