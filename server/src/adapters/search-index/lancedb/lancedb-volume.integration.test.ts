import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SearchIndex } from '../../../core/search/search-index.ts';
import { silentLogger } from '../../../core/shared/index.ts';
import { chunk, newRef } from '../search-index.fixtures.ts';
import { openLanceDbIndex } from './lancedb-index.ts';

/** Rows to try; from 20,000 on a search does not read the whole vector index. The ordinary run keeps to what takes seconds. */
const rows = Number(process.env.WEFT_VOLUME_ROWS ?? 6000);
const dimensions = 64;

let seed = 1;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}

/** Vectors in clusters, as texts about the same things are. */
const centres = Array.from({ length: 50 }, () => Float32Array.from({ length: dimensions }, () => random() - 0.5));
function vector(): Float32Array {
  const centre = centres[Math.floor(random() * centres.length)] ?? new Float32Array(dimensions);
  const moved = centre.map((value) => value + 0.5 * (random() - 0.5));
  const length = Math.hypot(...moved);
  return moved.map((value) => value / length);
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

describe(`LanceDB index of ${rows} rows`, () => {
  let directory: string;
  let index: SearchIndex;
  const ref = newRef();
  const chunks = Array.from({ length: rows }, (_, i) =>
    chunk({ text: `word${i % 100} term${i}`, chunkIndex: i % 20, vector: vector() }),
  );
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'weft-index-'));
    index = await openLanceDbIndex({ directory, logger: silentLogger });
    await index.create(ref, { dimensions });
    for (let from = 0; from < rows; from += 1000) await index.upsert(ref, chunks.slice(from, from + 1000));
    await index.optimise(ref);
  }, 900_000);
  afterAll(async () => {
    await index.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('finds every row by a word of its own', async () => {
    expect(await index.count(ref)).toBe(rows);
    for (const i of [0, 1, Math.floor(rows / 2), rows - 1]) {
      const { keyword } = await index.retrieve(ref, { text: `term${i}`, limit: 5 });
      expect(keyword?.map(({ chunkId }) => chunkId)).toEqual([chunks[i]?.chunkId]);
    }
    expect((await index.retrieve(ref, { text: 'word7', limit: 10_000 })).keyword).toHaveLength(rows / 100);
  });

  it('finds nearly all of the nearest hundred, with and without a filter, and exact similarities', async () => {
    for (const filter of [
      undefined,
      [[{ field: 'airweave_system_metadata.chunk_index', operator: 'equals', value: 3 }]] as const,
    ]) {
      const query = vector();
      const candidates = filter === undefined ? chunks : chunks.filter(({ chunkIndex }) => chunkIndex === 3);
      const exact = candidates
        .map((row) => ({ id: row.chunkId, score: dot(query, row.vector ?? query) }))
        .toSorted((a, b) => b.score - a.score)
        .slice(0, 100);
      const request = { vector: query, limit: 100, ...(filter === undefined ? {} : { filter }) };
      const found = new Map((await index.retrieve(ref, request)).semantic?.map((hit) => [hit.chunkId, hit.score]));
      expect(found.size).toBe(100);
      const same = exact.filter(({ id }) => found.has(id));
      expect(same.length).toBeGreaterThanOrEqual(90);
      for (const { id, score } of same) expect(found.get(id)).toBeCloseTo(score, 4);
    }
  });

  it('takes writes and answers rightly while its indexes are built', async () => {
    let isDone = false;
    const building = index.optimise(ref).then(() => {
      isDone = true;
    });
    for (let round = 0; !isDone || round < 5; round++) {
      const row = chunk({ text: `during${round}`, version: 1, vector: vector() });
      const changed = chunks[10 + round] ?? row;
      await index.upsert(ref, [row, { ...changed, text: `${changed.text} touched${round}`, version: 2 }]);
      const { keyword } = await index.retrieve(ref, { text: `during${round} touched${round}`, limit: 5 });
      expect(keyword).toHaveLength(2);
      await index.drop(ref, [{ documentId: row.documentId, beforeVersion: 2 }]);
      expect(await index.count(ref)).toBe(rows);
    }
    await building;
    expect((await index.retrieve(ref, { text: 'during0 touched0', limit: 5 })).keyword).toHaveLength(1);
  }, 300_000);

  it('has what is written after its indexes were built, and not what was dropped', async () => {
    const fresh = chunk({ text: 'brandnew', vector: vector() });
    const old = chunks[5] ?? fresh;
    await index.upsert(ref, [fresh, { ...old, text: 'changed', version: 2 }]);
    expect((await index.retrieve(ref, { text: 'brandnew changed', limit: 5 })).keyword).toHaveLength(2);
    expect((await index.retrieve(ref, { text: 'term5', limit: 5 })).keyword).toEqual([]);
    await index.drop(ref, [{ documentId: fresh.documentId, beforeVersion: 9 }]);
    await index.optimise(ref);
    expect((await index.retrieve(ref, { text: 'brandnew', limit: 5 })).keyword).toEqual([]);
    expect(await index.count(ref)).toBe(rows);
  }, 300_000);
});
