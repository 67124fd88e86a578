import { expect, it } from 'vitest';
import { rankCollections } from './choose-collection.ts';

const collection = (readable_id: string, modified_at = '2026-01-01T00:00:00Z') => ({
  id: readable_id,
  name: readable_id,
  readable_id,
  modified_at,
});
const connection = (readable_collection_id: string, modified_at: string, entity_count = 3) => ({
  id: 'c',
  name: 'Folder',
  short_name: 'files',
  readable_collection_id,
  modified_at,
  entity_count,
});

it('prefers the person’s own collection that changed last, and the sample only when there is no other', () => {
  const collections = ['getting-started', 'older', 'newer'].map((id) => collection(id));
  const connections = [
    connection('getting-started', '2026-03-01T00:00:00Z'),
    connection('older', '2026-01-02T00:00:00Z'),
    connection('newer', '2026-02-02T00:00:00Z'),
  ];
  expect(rankCollections(collections, connections)).toEqual(['newer', 'older', 'getting-started']);
});

it('leaves out collections that hold nothing', () => {
  expect(rankCollections([collection('empty'), collection('notes')], [connection('empty', '2026-03-01', 0)])).toEqual(
    [],
  );
});
