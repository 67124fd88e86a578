import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nameForReadableId, namesForFolder } from './folder-names.ts';

it('names a collection after its folder', () => {
  expect(namesForFolder('/home/me/Q3 Notes (draft)')).toEqual({
    readableId: 'q3-notes-draft',
    collectionName: 'Q3 Notes (draft)',
    connectionName: 'Q3 Notes (draft)',
  });
  expect(namesForFolder('/home/me/Émile').readableId).toBe('emile');
  expect(nameForReadableId('support-knowledge')).toBe('Support knowledge');
});

it('keeps clear of the sample and of ids that the server keeps', () => {
  expect(['/a/getting-started', '/a/count', '/', '/a/データ'].map((path) => namesForFolder(path).readableId)).toEqual([
    'getting-started-folder',
    'count-folder',
    'folder',
    'folder',
  ]);
});

it('always stays within the limits of the API', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const names = namesForFolder(`/${name}`);
      expect(names.readableId).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect([...names.collectionName].length).toBeGreaterThanOrEqual(4);
      expect([...names.collectionName].length).toBeLessThanOrEqual(64);
      expect([...names.connectionName].length).toBeGreaterThanOrEqual(4);
      expect([...names.connectionName].length).toBeLessThanOrEqual(42);
    }),
  );
});
