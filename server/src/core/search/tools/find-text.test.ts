import { describe, expect, test } from 'vitest';
import { openLibrary } from './__fixtures__/library.ts';
import { type FindRequest, findText } from './find-text.ts';

const signal = AbortSignal.timeout(60_000);
const whole = { limit: 100, offset: 0, groupBy: 'document' } as const;

const library = await openLibrary([
  { entityId: 'doc-1', name: 'Error handling', passages: ['The error code 42 is fatal.', 'Another passage.'] },
  { entityId: 'doc-2', name: 'Codes', passages: ['An error, said the code of 42 people.'] },
  { entityId: 'doc-3', name: 'Secret', passages: ['Error code 42 again.'], viewers: ['user:anna@example.com'] },
  { entityId: 'INC-4711', name: 'Outage', passages: ['All was down.'], source: 'jira' },
  { entityId: 'doc-5', name: 'Mentions', passages: ['It began with INC-4711.', 'And INC 4711 went on.'] },
]);

async function find(words: string, request: Partial<FindRequest> = {}, principals?: readonly string[]) {
  const target = { ...library.target, ...(principals === undefined ? {} : { principals }) };
  const { hits, total } = await findText(library.deps, target, { words, ...whole, ...request }, signal);
  return {
    total,
    hits: hits.map(
      ({ document, chunk, matchedIn, isVerbatim }) =>
        `${document.entityId}#${chunk?.chunkIndex ?? '-'} ${matchedIn.join('+')}${isVerbatim ? ' verbatim' : ''}`,
    ),
  };
}

describe('find', () => {
  test('takes words in a row only, whatever the index ranks', async () => {
    const { hits, total } = await find('error code 42');
    expect(hits.toSorted()).toEqual(['doc-1#0 text verbatim', 'doc-3#0 text verbatim']);
    expect(total).toBe(2);
  });

  test('finds an id first, then where it is mentioned, and says which', async () => {
    expect((await find('inc-4711')).hits).toEqual(['INC-4711#- id verbatim', 'doc-5#0 text verbatim']);
    expect((await find('INC-4711', { groupBy: 'chunk' })).hits).toEqual([
      'INC-4711#- id verbatim',
      'doc-5#0 text verbatim',
      'doc-5#1 text',
    ]);
  });

  test('finds a document by its name, with the passage where it has one', async () => {
    expect((await find('outage')).hits).toEqual(['INC-4711#- name verbatim']);
    expect((await find('secret')).hits).toEqual(['doc-3#- name verbatim']);
  });

  test('shows nothing that the searcher may not see, by text, name or id', async () => {
    for (const words of ['error code 42', 'secret', 'doc-3']) {
      const hits = (await find(words, {}, ['user:bob@example.com'])).hits;
      expect(hits.some((hit) => hit.startsWith('doc-3'))).toBe(false);
      expect((await find(words, {}, ['user:anna@example.com'])).hits.join()).toContain('doc-3');
    }
  });

  test('keeps to the filter', async () => {
    const filter = [
      [{ field: 'airweave_system_metadata.source_name', operator: 'equals', value: 'stub' } as const],
    ] as const;
    const { hits } = await findText(
      library.deps,
      { ...library.target, filter },
      { words: 'INC-4711', ...whole },
      signal,
    );
    expect(hits.map(({ document }) => document.entityId)).toEqual(['doc-5']);
  });

  test('cuts stable pages', async () => {
    const all = (await find('doc', { groupBy: 'chunk' })).hits;
    expect(all.length).toBeGreaterThan(2);
    const pages = [];
    for (let offset = 0; offset < all.length; offset++) {
      pages.push(...(await find('doc', { groupBy: 'chunk', offset, limit: 1 })).hits);
    }
    expect(pages).toEqual(all);
    expect((await find('doc', { offset: 1000 })).hits).toEqual([]);
  });

  test.each(['🚀', '"; drop table documents; --', '(.*)+$', '%', 'שלום', '\\'])(
    'takes %j as words and finds none',
    async (words) => {
      expect(await find(words)).toEqual({ hits: [], total: 0 });
    },
  );

  test('does not show what is superseded', async () => {
    const own = await openLibrary([{ entityId: 'page', passages: ['old castle'] }]);
    const [old] = await own.index.readDocuments(own.ref, [...own.committed.keys()]);
    if (old === undefined) throw new Error('no row');
    await own.add([{ ...old, chunkId: 'new', version: 2, text: 'new harbor' }], { isCommitted: true });
    const run = async (words: string) =>
      (await findText(own.deps, own.target, { words, ...whole }, signal)).hits.length;
    expect(await run('old castle')).toBe(0);
    expect(await run('new harbor')).toBe(1);
  });
});
