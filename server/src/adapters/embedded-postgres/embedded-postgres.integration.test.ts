import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../core/shared/index.ts';
import { query, TestFolder } from './__fixtures__/test-folder.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';

describe('the embedded PostgreSQL', () => {
  const folder = TestFolder.use();

  it('starts on an empty folder, and again with what was committed', async () => {
    const first = await folder.start();
    await query(first, 'create table kept (word text)', "insert into kept values ('ünïcode')");
    await first.stop();
    const second = await folder.start();
    expect(await query(second, 'select word from kept')).toEqual([{ word: 'ünïcode' }]);
  });

  it('keeps its promises: fsync, checksums, UTF-8 by its own rules, no TCP, no way in for others', async () => {
    const postgres = await folder.start();
    const [settings] = await query(
      postgres,
      `select current_setting('fsync') fsync, current_setting('data_checksums') checksums, current_setting('listen_addresses') tcp,
         current_setting('server_encoding') encoding, datlocprovider provider, lower('ÄÉ') as lower, ('Z' < 'a') as by_code_point
       from pg_database where datname = current_database()`,
    );
    expect(settings).toEqual({
      fsync: 'on',
      checksums: 'on',
      tcp: '',
      encoding: 'UTF8',
      provider: 'b',
      lower: 'äé',
      by_code_point: true,
    });
    expect((await stat(postgres.connection.host)).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['long', `${'ordner-mit-langem-namen-ü/'.repeat(6)}postgres`],
    ['strange', `it's, "so", to say $HOME; 100%/postgres`],
  ])('works in a %s path and leaves nothing outside it', async (_kind, name) => {
    const directory = path.join(folder.parent, name);
    await folder.copyMadeCluster(directory);
    for (let round = 0; round < 2; round += 1) {
      const postgres = await folder.start(directory);
      const { host } = postgres.connection;
      expect(Buffer.byteLength(path.join(host, '.s.PGSQL.5432'))).toBeLessThanOrEqual(107);
      expect(await query(postgres, 'select 1 as one')).toEqual([{ one: 1 }]);
      await postgres.stop();
      if (!host.startsWith(folder.parent)) await expect(stat(host)).rejects.toThrow('ENOENT');
    }
  });

  it('does not use another user’s folder for its socket when the path is long', async () => {
    const directory = path.join(folder.parent, 'x'.repeat(120));
    await folder.copyMadeCluster(directory);
    const first = await folder.start(directory);
    const { host } = first.connection;
    await first.stop();
    // Somebody guessed the name and waits there, with a door that he can open.
    await mkdir(host, { mode: 0o777 });
    await chmod(host, 0o777);
    const second = await folder.start(directory);
    expect(second.connection.host).not.toBe(host);
    expect((await stat(second.connection.host)).mode & 0o777).toBe(0o700);
    await second.stop();
    await rm(host, { recursive: true });
  });

  it.runIf(isRoot && isLinux)(
    'runs as another user who owns the folder where user namespaces are refused',
    async () => {
      const programs = path.join(folder.parent, 'programs');
      await mkdir(programs);
      await writeFile(path.join(programs, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const writer = folder.startWriter({ env: { PATH: `${programs}:${process.env.PATH}` } });
      const ready = await writer.says(/^ready (\d+)/);
      expect(await readFile(`/proc/${ready?.[1]}/status`, 'utf8')).toMatch(/^Uid:\s+65534\s+65534/m);
      expect((await stat(folder.cluster)).uid).toBe(65_534);
      await writer.says(/^kept 3$/);
      writer.child.kill('SIGKILL');
      await writer.ended;
      // With namespaces again it stays the other user's.
      const postgres = await folder.start();
      expect(await query(postgres, 'select count(*) >= 3 as kept from kept')).toEqual([{ kept: true }]);
    },
  );

  it('stops within seconds under open connections, when SIGTERM goes to every process at once', async () => {
    await folder.copyMadeCluster();
    const writer = folder.startWriter();
    const ready = await writer.says(/^ready (\d+)/);
    await writer.says(/^kept 5$/);
    const since = Date.now();
    process.kill(Number(ready?.[1]), 'SIGTERM');
    writer.child.kill('SIGTERM');
    await writer.ended;
    expect(writer.lines.at(-1)).toBe('stopped');
    expect(Date.now() - since).toBeLessThan(10_000);
  });

  it('gives up the start when it is told to, and leaves nothing running', async () => {
    const giveUp = AbortSignal.timeout(120);
    await expect(
      startEmbeddedPostgres({ directory: folder.directory, logger: silentLogger, signal: giveUp }),
    ).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(await query(await folder.start(), 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('refuses a folder that another major version made, and says what to do', async () => {
    await mkdir(folder.cluster, { recursive: true });
    await writeFile(path.join(folder.cluster, 'PG_VERSION'), '17\n');
    await expect(folder.start()).rejects.toMatchObject({ code: 'conflict', details: { found: '17', expected: '18' } });
    await expect(folder.start()).rejects.toThrow(/made by PostgreSQL 17.*DATABASE_URL/);
  });

  it('shows the end of PostgreSQL’s own log when it cannot start', async () => {
    await folder.copyMadeCluster();
    await rm(path.join(folder.cluster, 'global', 'pg_control'));
    await expect(folder.start()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(folder.start()).rejects.toThrow(/did not start[\s\S]*could not find the database system/);
  });

  it.runIf(isRoot && isLinux)('says that the disk is full', async () => {
    const writer = await folder.startOnSmallDisk('8m');
    await writer.ended;
    expect(writer.lines.join('\n')).toMatch(/^failed: .*could not be made[\s\S]*No space left on device/);
  });
});
