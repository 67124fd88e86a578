import { describe, expect, test } from 'vitest';
import { chunksOf, openLibrary } from './__fixtures__/library.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { type OpenRequest, openDocument } from './open-document.ts';
import type { ToolTarget } from './tool-search.ts';

const signal = AbortSignal.timeout(60_000);
const sentence = 'One sentence of eight words is here now. ';
const library = await openLibrary([
  { entityId: 'book', passages: ['zero', 'one', 'two', 'three', 'four'] },
  { entityId: 'long', passages: [sentence.repeat(50), sentence.repeat(20), 'end'] },
  { entityId: 'secret', passages: ['hidden'], viewers: ['user:anna@example.com'] },
]);

async function open(request: OpenRequest, target: Partial<ToolTarget> = {}) {
  return openDocument(library.deps, { ...library.target, ...target }, request, signal);
}
const texts = async (request: OpenRequest) => (await open(request)).passages.map(({ text }) => text);

describe('open', () => {
  test('gives a whole document, by the id of its source, of a passage, or ours', async () => {
    const [id] = library.committed.keys();
    expect(await texts({ id: 'book' })).toEqual(['zero', 'one', 'two', 'three', 'four']);
    expect(await texts({ id: String(id) })).toEqual(['zero', 'one', 'two', 'three', 'four']);
    expect(await texts({ id: 'book__chunk_2' })).toEqual(['two']);
  });

  test('gives a range, a passage with its neighbours, and a whole document around a passage', async () => {
    expect(await texts({ id: 'book', from: 1, count: 2 })).toEqual(['one', 'two']);
    expect(await texts({ id: 'book', from: 3 })).toEqual(['three', 'four']);
    expect(await texts({ id: 'book__chunk_2', neighbours: 1 })).toEqual(['one', 'two', 'three']);
    expect(await texts({ id: 'book__chunk_0', neighbours: 1 })).toEqual(['zero', 'one']);
    expect(await texts({ id: 'book__chunk_2', from: 0 })).toHaveLength(5);
    expect(await texts({ id: 'book', from: 99 })).toEqual([]);
  });

  test('says what did not fit and where it goes on, until all was read', async () => {
    const read: string[] = [];
    let from = 0;
    for (let calls = 0; calls < 5; calls++) {
      const { passages, leftOut, tokens } = await open({ id: 'long', from, maxTokens: 550 });
      expect(tokens).toBeLessThanOrEqual(550);
      read.push(...passages.map(({ text }) => text));
      if (leftOut === null) break;
      expect(leftOut.to).toBe(2);
      from = leftOut.from;
    }
    expect(read).toEqual([sentence.repeat(50), sentence.repeat(20), 'end']);
  });

  test('cuts a passage that is larger than everything that fits, after a sentence', async () => {
    const { passages, leftOut } = await open({ id: 'long', maxTokens: 100 });
    expect(passages).toHaveLength(1);
    expect(passages[0]?.isCut).toBe(true);
    expect(passages[0]?.text.endsWith('here now.')).toBe(true);
    expect(estimateTokens(passages[0]?.text ?? '')).toBeLessThanOrEqual(100);
    expect(leftOut).toMatchObject({ from: 1, to: 2 });
  });

  test.each([['user:bob@example.com'], []])(
    'hides from %j what it may not see, as what is not there',
    async (...principals) => {
      const [, , secret] = library.committed.keys();
      for (const id of ['secret', 'secret__chunk_0', String(secret), 'nowhere']) {
        await expect(open({ id }, { principals })).rejects.toMatchObject({ code: 'not_found' });
      }
      const seen = await open({ id: 'secret' }, { principals: ['user:anna@example.com'] });
      expect(seen.passages).toHaveLength(1);
    },
  );

  test('hides what is outside the filter', async () => {
    const filter = [[{ field: 'name', operator: 'equals', value: 'long' } as const]] as const;
    await expect(open({ id: 'book' }, { filter })).rejects.toMatchObject({ code: 'not_found' });
    expect((await open({ id: 'long' }, { filter })).passageCount).toBe(3);
  });

  test('shows the committed version, whole, while the next one is being written', async () => {
    const own = await openLibrary([{ entityId: 'page', passages: ['same', 'old', 'last'] }]);
    const [id] = own.committed.keys();
    if (id === undefined) throw new Error('no document');
    const next = chunksOf({ entityId: 'page', id, version: 2, passages: ['same', 'new', 'last', 'more'] });
    const read = async () =>
      (await openDocument(own.deps, own.target, { id: 'page' }, signal)).passages.map(({ text }) => text);
    await own.add(next, { isCommitted: false });
    expect(await read()).toEqual(['same', 'old', 'last']);
    await own.add(next, { isCommitted: true });
    expect(await read()).toEqual(['same', 'new', 'last', 'more']);
  });

  test('names the other documents of the same id', async () => {
    const own = await openLibrary([
      { entityId: '1', name: 'Older', passages: ['a'], updatedAt: new Date('2026-01-01') },
      { entityId: '1', name: 'Newer', passages: ['b'], updatedAt: new Date('2026-02-01'), source: 'other' },
    ]);
    const { document, others } = await openDocument(own.deps, own.target, { id: '1' }, signal);
    expect([document.name, ...others.map(({ name }) => name)]).toEqual(['Newer', 'Older']);
  });
});
