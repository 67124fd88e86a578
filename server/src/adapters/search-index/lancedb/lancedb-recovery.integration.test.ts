import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SearchIndex } from '../../../core/search/search-index.ts';
import { silentLogger } from '../../../core/shared/index.ts';
import { axis, chunk, dimensions, newRef } from '../search-index.fixtures.ts';
import { openLanceDbIndex } from './lancedb-index.ts';
import { tableName } from './table-schema.ts';

let directory: string;
const opened: SearchIndex[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'weft-index-'));
});
afterEach(async () => {
  for (const index of opened.splice(0)) await index.close();
  await rm(directory, { recursive: true, force: true });
});

async function open(options: { readonly maxOpenTables?: number } = {}): Promise<SearchIndex> {
  const index = await openLanceDbIndex({ directory, logger: silentLogger, ...options });
  opened.push(index);
  return index;
}

async function killAfter(child: ChildProcess, lines: number): Promise<number> {
  if (child.stdout === null) throw new Error('the child has no output');
  let acknowledged = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    seen += 1;
    if (seen === lines) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return acknowledged;
}

describe('LanceDB index after a crash', () => {
  it('has every acknowledged row once, in its last version, after SIGKILLs in the middle of writes', async () => {
    const ref = newRef();
    let written = 0;
    for (const lines of [3, 17, 30]) {
      const fixture = fileURLToPath(new URL('__fixtures__/upsert-until-killed.ts', import.meta.url));
      const argv = [directory, ref.scope.organizationId, ref.collectionId, String(written)];
      written = await killAfter(fork(fixture, argv, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }), lines);
    }
    const index = await open();
    const ids = Array.from({ length: written + 40 }, (_, i) => `row-${i}`);
    const rows = await index.fetch(ref, ids);
    const found = new Map(rows.map((row) => [row.chunkId, row]));
    expect(rows).toHaveLength(found.size);
    expect(await index.count(ref)).toBe(found.size);
    for (const [i, id] of ids.slice(0, written).entries()) {
      expect(found.get(id)?.version, id).toBeGreaterThanOrEqual(Math.floor(i / 20) * 20 + 1);
    }
    const hits = await index.retrieve(ref, { text: 'row', vector: axis(0), limit: 10_000 });
    expect([hits.keyword?.length, hits.semantic?.length]).toEqual([found.size, found.size]);
    await index.optimise(ref);
    expect(await index.count(ref)).toBe(found.size);
  }, 60_000);

  it('makes a table where a crash left half of one', async () => {
    const index = await open();
    const ref = newRef();
    const left = path.join(directory, `${tableName(ref)}.lance`);
    await mkdir(path.join(left, '_versions'), { recursive: true });
    await mkdir(path.join(left, 'data'));
    await writeFile(path.join(left, '_versions', '.tmp_1.manifest'), '');
    expect(await index.retrieve(ref, { text: 'x', limit: 1 })).toEqual({ keyword: [] });
    expect(await index.count(ref)).toBe(0);
    await index.create(ref, { dimensions });
    await index.upsert(ref, [chunk()]);
    expect(await index.count(ref)).toBe(1);
    await index.dropCollection(ref);
  });

  it('removes what was being dropped', async () => {
    await mkdir(path.join(directory, '.removed-x', 'data'), { recursive: true });
    await open();
    expect(await readdir(directory)).toEqual([]);
  });

  it('is unavailable, not wrong, when a table’s files are damaged', async () => {
    const ref = newRef();
    const first = await open();
    await first.create(ref, { dimensions });
    await first.upsert(ref, [chunk({ text: 'kept' })]);
    await first.close();
    await rm(path.join(directory, `${tableName(ref)}.lance`, 'data'), { recursive: true });
    const index = await open();
    await expect(index.fetch(ref, [chunk().chunkId])).rejects.toMatchObject({ code: 'unavailable' });
    await index.dropCollection(ref);
    expect(await index.count(ref)).toBe(0);
  });
});

describe('LanceDB index over its life', () => {
  it('keeps few tables open and finds the rows of all', async () => {
    const index = await open({ maxOpenTables: 3 });
    const refs = Array.from({ length: 12 }, () => newRef());
    await Promise.all(
      refs.map(async (ref, i) => {
        await index.create(ref, { dimensions });
        await index.upsert(ref, [chunk({ text: `number${i}` })]);
      }),
    );
    const found = await Promise.all(refs.map((ref, i) => index.retrieve(ref, { text: `number${i}`, limit: 5 })));
    expect(found.map(({ keyword }) => keyword?.length)).toEqual(refs.map(() => 1));
  });

  it('answers from what an earlier process wrote', async () => {
    const ref = newRef();
    const first = await open();
    await first.create(ref, { dimensions });
    await first.upsert(ref, [chunk({ text: 'kept', vector: axis(1) })]);
    await first.close();
    await first.close();
    const hits = await (await open()).retrieve(ref, { text: 'kept', vector: axis(1), limit: 5 });
    expect([hits.keyword?.length, hits.semantic?.length]).toEqual([1, 1]);
  });

  it('refuses calls after it was closed', async () => {
    const index = await open();
    await index.close();
    await expect(index.count(newRef())).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('refuses vectors of other dimensions, in rows and in queries', async () => {
    const index = await open();
    const ref = newRef();
    await index.create(ref, { dimensions });
    await expect(index.create(ref, { dimensions: 9 })).rejects.toMatchObject({ code: 'internal' });
    const vector = new Float32Array(9);
    await expect(index.upsert(ref, [chunk({ vector })])).rejects.toMatchObject({ code: 'internal' });
    await expect(index.retrieve(ref, { vector, limit: 1 })).rejects.toMatchObject({ code: 'internal' });
  });

  it('lets searches that began before a drop end', async () => {
    const index = await open();
    const ref = newRef();
    await index.create(ref, { dimensions });
    await index.upsert(
      ref,
      Array.from({ length: 500 }, (_, i) => chunk({ text: `row ${i}`, vector: axis(i % 8) })),
    );
    const searches = Array.from({ length: 20 }, () =>
      index.retrieve(ref, { text: 'row', vector: axis(0), limit: 500 }),
    );
    const [found] = await Promise.all([Promise.all(searches), index.dropCollection(ref)]);
    for (const { keyword } of found) expect([0, 500]).toContain(keyword?.length);
    expect(await readdir(directory)).toEqual([]);
  });
});
