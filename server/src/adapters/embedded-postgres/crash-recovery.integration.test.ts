import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { query, TestFolder } from './__fixtures__/test-folder.ts';
import { getClusterMark, listProcesses } from './cluster-mark.ts';
import type { PostgresExit } from './embedded-postgres.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { readPostmasterFile } from './predecessor.ts';
import { findUnprivilegedLaunch, spawnUnprivileged } from './unprivileged-launch.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';

describe('after a crash the embedded PostgreSQL', () => {
  const folder = TestFolder.use();

  it('ends a PostgreSQL that outlived its server and starts anew', async () => {
    await folder.copyMadeCluster();
    const orphan = await folder.start();
    await query(orphan, 'create table kept (number int)', 'insert into kept values (7)');
    const ended = new Promise<PostgresExit>((resolve) => orphan.onExit(resolve));
    const client = new pg.Client(orphan.connection);
    client.on('error', () => undefined);
    await client.connect();
    const next = await folder.start();
    expect((await ended).isClean).toBe(true);
    expect(next.pid).not.toBe(orphan.pid);
    expect(await query(next, 'select number from kept')).toEqual([{ number: 7 }]);
  });

  it.runIf(isLinux)('is told by the kernel when its server is killed', async () => {
    await folder.copyMadeCluster();
    const writer = folder.startWriter();
    const ready = await writer.says(/^ready (\d+)/);
    writer.child.kill('SIGKILL');
    await writer.ended;
    await expect.poll(() => isRunning(Number(ready?.[1])), { timeout: 10_000 }).toBe(false);
  });

  it('removes what an interrupted first start left also when a later one has made the cluster', async () => {
    await folder.copyMadeCluster();
    await mkdir(path.join(folder.directory, 'initialising-left'), { recursive: true });
    await folder.start();
    expect((await readdir(folder.directory)).filter((name) => name.startsWith('initialising-'))).toEqual([]);
  });

  it('makes the cluster anew when the first start was interrupted', async () => {
    for (const delayMs of [250, 400, 600, 900]) {
      const writer = folder.startWriter();
      await delay(delayMs);
      writer.child.kill('SIGKILL');
      await writer.ended;
    }
    await mkdir(path.join(folder.directory, 'initialising-left', 'base'), { recursive: true });
    await writeFile(path.join(folder.directory, 'initialising-left', 'PG_VERSION'), '18\n');
    const postgres = await folder.start();
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
    await expect
      .poll(async () => (await readdir(folder.directory)).filter((name) => name.startsWith('initialising-')), {
        timeout: 10_000,
      })
      .toEqual([]);
  });

  it('loses no acknowledged row when everything is killed at any moment', { timeout: 120_000 }, async () => {
    await folder.copyMadeCluster();
    let kept = 0;
    for (let round = 0; round < 9; round += 1) {
      const writer = folder.startWriter();
      // Every third round dies while it starts, recovery from the round before included.
      const isStarted = round % 3 !== 0;
      if (isStarted) expect(await writer.says(/^kept/)).toBeDefined();
      await delay(Math.random() * (isStarted ? 400 : 800));
      // In both orders; with the postmaster gone, its processes are orphans for a moment.
      const victims = [await findPostmaster(folder.cluster), writer.child.pid];
      for (const pid of round % 2 === 0 ? victims : victims.reverse()) if (pid !== undefined) tryKill(pid);
      await writer.ended;
      expect(writer.lines).not.toContainEqual(expect.stringMatching(/^failed: .*did not start \((?!SIGKILL)/));
      kept = Math.max(kept, writer.lastKept);
    }
    const postgres = await folder.start();
    const [row] = await query(postgres, 'select max(number)::int as max, count(*)::int as count from kept');
    expect(kept).toBeGreaterThan(0);
    expect(row?.max).toBeGreaterThanOrEqual(kept);
    expect(row?.count).toBe(row?.max);
  });

  it('comes up though its postmaster.pid names a living process that is another program', async () => {
    await folder.copyMadeCluster();
    await writeFile(
      path.join(folder.cluster, 'postmaster.pid'),
      `${process.pid}\n${folder.cluster}\n1\n5432\n\n\n\nready\n`,
    );
    const postgres = await folder.start();
    expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('leaves a living server’s postmaster.pid alone, and says who holds the folder', async () => {
    await folder.copyMadeCluster();
    const launch = await findUnprivilegedLaunch(folder.directory);
    const { postgres: program } = await findPostgresBinaries();
    const settings = ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${folder.parent}`];
    const other = spawnUnprivileged(launch, program, ['-D', folder.cluster, ...settings], { stdio: 'ignore' });
    await expect
      .poll(() => readFile(path.join(folder.cluster, 'postmaster.pid'), 'utf8').catch(() => ''), { timeout: 15_000 })
      .toMatch(/ready/);
    await expect(folder.start()).rejects.toThrow(new RegExp(`already exists[\\s\\S]*PID ${other.pid}`));
    expect(await readFile(path.join(folder.cluster, 'postmaster.pid'), 'utf8')).toMatch(new RegExp(`^${other.pid}\n`));
    const ended = once(other, 'exit');
    other.kill('SIGINT');
    await ended;
  });

  it('stays down after a shutdown that somebody asked for, and keeps quiet about its own stop', async () => {
    await folder.copyMadeCluster();
    const asked = await folder.start();
    const exit = new Promise<PostgresExit>((resolve) => asked.onExit(resolve));
    process.kill(asked.pid, 'SIGTERM');
    expect((await exit).isClean).toBe(true);
    await delay(500);
    await expect(query(asked, 'select 1')).rejects.toThrow(/ENOENT/);
    const postgres = await folder.start();
    let calls = 0;
    postgres.onExit(() => {
      calls += 1;
    });
    await Promise.all([postgres.stop(), postgres.stop()]);
    await postgres.stop();
    expect(calls).toBe(0);
  });

  it.runIf(isRoot && isLinux)(
    'falls over on a full disk, and is back by itself with every commit when there is room',
    { timeout: 90_000 },
    async () => {
      const writer = await folder.startOnSmallDisk('130m', 'fill-disk.ts');
      await writer.ended;
      expect(writer.lines[0]).toBe('crashed');
      // A commit whose answer was lost in the crash may be there too.
      const [, kept, found] = /^kept (\d+) found (\d+)$/.exec(writer.lines[1] ?? '') ?? [];
      expect(Number(kept)).toBeGreaterThan(0);
      expect([Number(kept), Number(kept) + 1]).toContain(Number(found));
    },
  );

  it('is started again at the same address after a crash', async () => {
    await folder.copyMadeCluster();
    const postgres = await folder.start();
    await query(postgres, 'create table kept (number int)', 'insert into kept values (7)');
    const { pid } = postgres;
    const exit = new Promise<PostgresExit>((resolve) => postgres.onExit(resolve));
    process.kill(pid, 'SIGKILL');
    expect((await exit).isClean).toBe(false);
    await expect
      .poll(() => query(postgres, 'select number from kept').catch(() => []), { timeout: 15_000 })
      .toEqual([{ number: 7 }]);
    expect(postgres.pid).not.toBe(pid);
  });

  it('can be stopped between a crash and the new start', async () => {
    await folder.copyMadeCluster();
    const postgres = await folder.start();
    const exit = new Promise<PostgresExit>((resolve) => postgres.onExit(resolve));
    process.kill(postgres.pid, 'SIGKILL');
    await exit;
    await postgres.stop();
    await delay(500);
    await expect(query(postgres, 'select 1')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  });
});

/** The living postmaster: the file alone may name what is now another program. */
async function findPostmaster(cluster: string): Promise<number | undefined> {
  const file = await readPostmasterFile(cluster).catch(() => undefined);
  if (file === undefined) return undefined;
  const mark = await getClusterMark(cluster);
  return (await listProcesses()).find(({ pid, commandLine }) => pid === file.pid && commandLine.includes(mark))?.pid;
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // The kernel has told it already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A dead process that nobody has reaped does not count. */
async function isRunning(pid: number): Promise<boolean> {
  return (await listProcesses()).some((process) => process.pid === pid && process.commandLine.includes('postgres'));
}
