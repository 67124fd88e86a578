import { spawnSync } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  countPassages,
  listDocuments,
  newestJob,
  type RunningServer,
  ServerFixture,
  waitForJob,
} from './server-fixture.ts';

const mebibyte = 1024 * 1024;
/** The sync waits when less is free; see `minFreeBytes` in the composition of the server. */
const pauseBelowBytes = 64 * mebibyte;
const fixture = ServerFixture.use();

/** Runs a command with file systems of its own; others cannot see them, and they are gone with the command. */
const ownMounts = process.getuid?.() === 0 ? ['unshare', '--mount'] : ['unshare', '--map-root-user', '--mount'];
const [unshare = '', ...unshareArgs] = ownMounts;
const canMount =
  process.platform === 'linux' &&
  spawnSync(unshare, [...unshareArgs, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

it.skipIf(!canMount)(
  'pauses a sync on a full disk with a clear error, keeps answering, and goes on by itself when there is space',
  { timeout: 600_000 },
  async () => {
    const files = Array.from({ length: 400 }, (_, number) => number);
    await fixture.write(Object.fromEntries(files.map((number) => [`f${number}.txt`, textOf(number)])));
    const server = await startOnSmallDisk('320m');
    const { url, api } = server;
    const { id } = await fixture.connect(api);
    await waitForJob(api, id, (job) => job.entities_inserted > 0);
    await fillUntil(server, pauseBelowBytes - 2 * mebibyte);

    const paused = await waitForJob(api, id, (job) => job.status === 'running' && job.error !== null);
    expect(paused.error).toMatch(/disk is (nearly )?full.*Free some space; the sync goes on by itself/);
    expect(paused.entities_inserted).toBeGreaterThan(0);
    expect(paused.entities_inserted).toBeLessThan(files.length);

    // Now for somebody else's last byte.
    await fillUntil(server, 0);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(await countPassages(api, wordOf(0))).toBe(1);
    expect((await newestJob(api, id)).status).toBe('running');

    await rm(onItsDisk(server, 'filler'), { recursive: true });
    expect(await waitForJob(api, id)).toMatchObject({
      entities_inserted: files.length,
      entities_failed: 0,
      error: null,
    });
    expect(await listDocuments(api)).toHaveLength(files.length);
    for (const number of files.filter((one) => one % 20 === 0)) {
      expect(await countPassages(api, wordOf(number)), wordOf(number)).toBe(1);
    }
    expect(await server.stop()).toMatchObject({ exitCode: 0 });
  },
);

const wordOf = (number: number): string => `zq${number.toString(36)}disk`;

/** About 20 KB, of which one passage holds the word. */
function textOf(number: number): string {
  const lines = Array.from(
    { length: 250 },
    (_, line) =>
      `Line ${line} of ${number} speaks of ${(line * 7919 + number * 104_729).toString(36)} and the weather.`,
  );
  return `Filed under ${wordOf(number)}.\n\n${lines.join('\n\n')}\n`;
}

async function startOnSmallDisk(size: string): Promise<RunningServer> {
  const disk = join(fixture.directory, 'disk');
  await mkdir(disk);
  const mount = `mount -t tmpfs -o size=${size},mode=0700 tmpfs '${disk}' && exec "$@"`;
  return fixture.start({}, { dataDirectory: join(disk, 'data'), launcher: [...ownMounts, 'sh', '-c', mount, 'sh'] });
}

/** A path on the server's disk, through the kernel's window into its file systems. */
const onItsDisk = (server: RunningServer, name: string): string =>
  `/proc/${server.processId}/root${join(fixture.directory, 'disk', name)}`;

/** Writes files until less than so many bytes are free; the last write may well fail. */
async function fillUntil(server: RunningServer, freeBytes: number): Promise<void> {
  const filler = onItsDisk(server, 'filler');
  await mkdir(filler, { recursive: true });
  for (let count = 0; ; count += 1) {
    const { bavail, bsize } = await statfs(filler);
    const excess = bavail * bsize - freeBytes;
    if (excess <= 0) return;
    const name = join(filler, `${process.hrtime.bigint()}-${count}`);
    await writeFile(name, Buffer.alloc(Math.min(excess, 16 * mebibyte))).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOSPC') throw error;
    });
  }
}
