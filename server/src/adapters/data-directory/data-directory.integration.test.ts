import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory } from './data-directory.ts';
import { takeOwnFolder } from './own-folder.ts';
import { createDirectoryId, createOperatorToken } from './server-files.ts';
import { writeOnce } from './write-once.ts';

const holder = fileURLToPath(new URL('__fixtures__/hold-directory.ts', import.meta.url));

describe('the data directory', () => {
  let parent: string;
  let directory: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    parent = await mkdtemp(path.join(os.tmpdir(), 'weft-data-'));
    directory = path.join(parent, 'data');
  });

  afterEach(async () => {
    for (const child of children.splice(0)) await end(child);
    await rm(parent, { recursive: true, force: true });
  });

  /** Starts a process that takes the folder. */
  function startHolder(): { readonly child: ChildProcess; readonly answer: Promise<string> } {
    const child = spawn(process.execPath, [holder, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const answer = once(child.stdout, 'data').then(([bytes]) => String(bytes).trim());
    return { child, answer };
  }

  it('is made for this user only, and so are the folders in it', async () => {
    const data = await openDataDirectory(directory);
    const folder = await data.subdirectory('blobs');
    expect(folder).toBe(path.join(data.path, 'blobs'));
    for (const made of [data.path, folder]) expect((await stat(made)).mode & 0o777).toBe(0o700);
    data.release();
  });

  it('has no folders outside itself', async () => {
    const data = await openDataDirectory(directory);
    for (const name of ['..', '.', '', 'a/b', '/etc']) {
      await expect(data.subdirectory(name)).rejects.toThrow(/not the name of a folder/);
    }
    data.release();
  });

  it('is refused to a second opener, with its name, the process and the ways out', async () => {
    const data = await openDataDirectory(directory);
    const second = openDataDirectory(directory);
    await expect(second).rejects.toMatchObject({ code: 'conflict', details: { pid: process.pid } });
    await expect(second).rejects.toThrow(data.path);
    await expect(second).rejects.toThrow(`process ${process.pid}`);
    await expect(second).rejects.toThrow(/Stop that one first, or set WEFT_DATA_DIR to another folder/);
    data.release();
  });

  it('is free again after release, which may be called twice', async () => {
    const first = await openDataDirectory(directory);
    first.release();
    first.release();
    const second = await openDataDirectory(directory);
    first.release();
    await expect(openDataDirectory(directory)).rejects.toMatchObject({ code: 'conflict' });
    second.release();
  });

  it('goes to exactly one of many processes that start at the same instant', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => startHolder().answer));
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
    for (const answer of answers)
      if (answer !== 'held') expect(answer).toMatch(/^refused: .* is in use by process \d+/);
  });

  it('can be taken right after its holder was killed', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { child, answer } = startHolder();
      expect(await answer).toBe('held');
      child.kill('SIGKILL');
    }
    (await openDataDirectory(directory)).release();
  });

  it('may be shared, but not with one who wants it alone', async () => {
    const [one, two] = [await openDataDirectory(directory, 'shared'), await openDataDirectory(directory, 'shared')];
    expect(await createDirectoryId(one.path)).toBe(await createDirectoryId(two.path));
    await expect(openDataDirectory(directory)).rejects.toMatchObject({ code: 'conflict' });
    one.release();
    await expect(openDataDirectory(directory)).rejects.toMatchObject({ code: 'conflict' });
    two.release();
    const alone = await openDataDirectory(directory);
    await expect(openDataDirectory(directory, 'shared')).rejects.toMatchObject({ code: 'conflict' });
    alone.release();
  });

  it('gives each process a folder of its own, and removes those of the dead only', async () => {
    const living = await takeOwnFolder(directory);
    const dead = path.join(directory, 'dead');
    await mkdir(path.join(dead, 'files'), { recursive: true });
    await writeFile(path.join(directory, 'a file'), 'left by a server of its own');
    // So young that its process may not have locked it yet.
    const patient = await takeOwnFolder(directory);
    expect(await readdir(directory)).toContain('dead');
    const other = await takeOwnFolder(directory, 0);
    const left = [living, patient, other].map((folder) => path.basename(folder.path));
    expect((await readdir(directory)).toSorted()).toEqual(left.toSorted());
    await patient.release();
    await living.release();
    await other.release();
    expect(await readdir(directory)).not.toContain(path.basename(living.path));
  });

  it('has secrets that are made once, however many make them at once', async () => {
    const data = await openDataDirectory(directory, 'shared');
    const tokens = Array.from({ length: 20 }, (_, i) => createOperatorToken(data.path, `${i}`.padEnd(40, 'x')));
    expect(new Set(await Promise.all(tokens)).size).toBe(1);
    const keys = Array.from({ length: 20 }, (_, i) => writeOnce(path.join(data.path, 'keys'), `key ${i}`));
    expect(new Set(await Promise.all(keys)).size).toBe(1);
    expect((await readdir(data.path)).filter((name) => name.includes('.'))).toEqual([]);
    data.release();
  });

  it('may have a path longer than a socket address', async () => {
    const data = await openDataDirectory(
      path.join(parent, ...Array.from({ length: 6 }, () => 'ordner-mit-langem-namen-ü')),
    );
    expect(Buffer.byteLength(data.path)).toBeGreaterThan(107);
    data.release();
  });

  it('says what to do when the path is no folder', async () => {
    await writeFile(directory, 'a file');
    const opening = openDataDirectory(directory);
    await expect(opening).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(opening).rejects.toThrow(/cannot be used.*WEFT_DATA_DIR/);
  });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
