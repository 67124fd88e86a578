import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linkLibraries } from './postgres-binaries.ts';

describe('the library links of the PostgreSQL package', () => {
  let native: string;

  beforeEach(async () => {
    native = path.join(await mkdtemp(path.join(os.tmpdir(), 'weft-links-')), 'native');
    await mkdir(path.join(native, 'lib'), { recursive: true });
    await writeFile(path.join(native, 'lib', 'libpq.so.5.18'), 'library');
    const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
    await writeFile(path.join(native, 'pg-symlinks.json'), JSON.stringify(links));
  });

  afterEach(() => rm(path.dirname(native), { recursive: true, force: true }));

  it('are made, also by several processes at once and again', async () => {
    await Promise.all([linkLibraries(native), linkLibraries(native), linkLibraries(native)]);
    await linkLibraries(native);
    expect(await readFile(path.join(native, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
  });

  it('are not needed where the package names none', async () => {
    await rm(path.join(native, 'pg-symlinks.json'));
    await expect(linkLibraries(native)).resolves.toBeUndefined();
  });

  it('are explained when they cannot be made', async () => {
    await rm(path.join(native, 'lib'), { recursive: true });
    const linking = linkLibraries(native);
    await expect(linking).rejects.toMatchObject({ code: 'unavailable' });
    await expect(linking).rejects.toThrow(/library links in .*lib, which cannot be made.*DATABASE_URL/);
  });
});
