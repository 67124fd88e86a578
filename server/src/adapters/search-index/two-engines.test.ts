import { describe, expect, it } from 'vitest';
import { createInMemoryIndex } from './in-memory/in-memory-index.ts';
import { describeSearchIndex } from './search-index.conformance.ts';
import { axis, chunk, dimensions, fill, idsOf } from './search-index.fixtures.ts';
import { createTwoEngines } from './two-engines.ts';

describeSearchIndex('Two engines', async () => createTwoEngines(createInMemoryIndex(), createInMemoryIndex()));

describe('two engines', () => {
  it('use what is in the other one where it is, and make what is new in the chosen one', async () => {
    const [chosen, other] = [createInMemoryIndex(), createInMemoryIndex()];
    const old = await fill(other, [chunk({ text: 'before', vector: axis(0) })]);
    const index = createTwoEngines(chosen, other);
    await index.create(old, { dimensions });
    const late = chunk({ text: 'late' });
    await index.upsert(old, [late]);
    expect(idsOf((await index.retrieve(old, { text: 'late', limit: 5 })).keyword)).toEqual([late.chunkId]);
    expect([await chosen.has(old), await other.count(old)]).toEqual([false, 2]);

    const next = { ...old, generation: 2 };
    await index.create(next, { dimensions });
    await index.upsert(next, await index.readDocuments(old, [late.documentId]));
    expect([await chosen.count(next), await other.has(next)]).toEqual([1, false]);

    await index.dropGenerations(old, [2]);
    expect([await other.has(old), await index.has(old), await index.count(next)]).toEqual([false, false, 1]);
  });

  it('remove a collection from both', async () => {
    const [chosen, other] = [createInMemoryIndex(), createInMemoryIndex()];
    const old = await fill(other, [chunk()]);
    const index = createTwoEngines(chosen, other);
    await index.create({ ...old, generation: 2 }, { dimensions });
    await index.dropCollection(old);
    expect([await other.has(old), await chosen.has({ ...old, generation: 2 })]).toEqual([false, false]);
    await index.create(old, { dimensions });
    expect([await chosen.has(old), await other.has(old)]).toEqual([true, false]);
  });
});
