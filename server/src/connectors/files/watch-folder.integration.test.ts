import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { filesConfig } from './files-config.ts';
import { temporaryFolder, write } from './folder.fixture.ts';
import { type WatchLimits, watchFolder } from './watch-folder.ts';

/** Watches a folder until the test ends and counts the calls. */
async function watched(path: string, more: { readonly exclude?: string[] } = {}, limits?: WatchLimits) {
  const stop = new AbortController();
  const calls: number[] = [];
  const config = filesConfig.parse({ path, watch: true, ...more });
  const policy = { forbiddenRoots: [join(path, 'data')] };
  const ended = watchFolder({ config, policy, signal: stop.signal }, () => calls.push(Date.now()), limits);
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  // Until the first look at the folder is over; how long that takes depends on the machine.
  await delay(1_000);
  return { calls, stop, ended };
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition() && waited < 10_000; waited += 50) await delay(50);
  expect(condition()).toBe(true);
}

describe('watching a folder', { timeout: 30_000 }, () => {
  it('wakes once for a burst of changes, and again for the next', async () => {
    const folder = temporaryFolder({ 'a.md': 'one' });
    const { calls } = await watched(folder);
    expect(calls).toHaveLength(0);
    for (let i = 0; i < 20; i++) write(join(folder, `new-${i}.md`), 'x');
    await until(() => calls.length > 0);
    await delay(600);
    expect(calls.length).toBeLessThanOrEqual(2);
    const before = calls.length;
    write(join(folder, 'a.md'), 'two');
    await until(() => calls.length > before);
  });

  it('sees what is deleted, and what happens in folders that are made later', async () => {
    const folder = temporaryFolder({ 'a.md': 'one' });
    const { calls } = await watched(folder);
    rmSync(join(folder, 'a.md'));
    await until(() => calls.length === 1);
    mkdirSync(join(folder, 'later'));
    await until(() => calls.length === 2);
    await delay(500);
    const before = calls.length;
    write(join(folder, 'later/b.md'), 'x');
    await until(() => calls.length > before);
  });

  it('follows a link that is the root itself', async () => {
    const folder = temporaryFolder({ 'docs/a.md': 'one' });
    symlinkSync('docs', join(folder, 'link'));
    const { calls } = await watched(join(folder, 'link'));
    write(join(folder, 'docs/b.md'), 'two');
    await until(() => calls.length === 1);
  });

  it('sleeps through changes of what is never read', async () => {
    const folder = temporaryFolder({ 'drafts/a.md': '', 'data/db': '', '.git/HEAD': '' });
    const { calls } = await watched(folder, { exclude: ['drafts/'] });
    for (const path of ['drafts/a.md', 'drafts/b.md', 'data/db', '.git/HEAD', '.hidden'])
      write(join(folder, path), 'x');
    await delay(1_500);
    expect(calls).toHaveLength(0);
  });

  it('looks in intervals when there is too much to watch', async () => {
    const folder = temporaryFolder();
    for (let i = 0; i < 30; i++) write(join(folder, `${i}.md`), '');
    const { calls, stop, ended } = await watched(folder, {}, { maxEntries: 10, pollMs: 200 });
    await until(() => calls.length >= 3);
    stop.abort();
    await ended;
    const atEnd = calls.length;
    await delay(500);
    expect(calls).toHaveLength(atEnd);
  });

  it('ends at once when the connection does not ask for it', async () => {
    const config = filesConfig.parse({ path: temporaryFolder() });
    const { signal } = new AbortController();
    await watchFolder({ config, policy: { forbiddenRoots: [] }, signal }, () => undefined);
  });

  it('fails when the folder is not there', async () => {
    const config = filesConfig.parse({ path: join(temporaryFolder(), 'nowhere'), watch: true });
    const { signal } = new AbortController();
    const watching = watchFolder({ config, policy: { forbiddenRoots: [] }, signal }, () => undefined);
    await expect(watching).rejects.toMatchObject({ kind: 'configuration' });
  });
});
