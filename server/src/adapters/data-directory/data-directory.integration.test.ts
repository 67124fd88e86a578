import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory } from './data-directory.ts';

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
