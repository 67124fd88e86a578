import { expect, test } from 'vitest';
import { CollectionId, SourceConnectionId } from '../shared/index.ts';
import { chunkIdOf, contentHashOf, documentIdOf, encoderInput, entityHashOf, sha256 } from './hashes.ts';

const connection = SourceConnectionId.parse('11111111-1111-4111-8111-111111111111');
const entity = { id: 'a', type: 'NoteEntity', name: 'A', breadcrumbs: [], fields: { place: 'attic' }, text: 'text' };

test('parts are kept apart', () => {
  expect(sha256('ab', 'c')).not.toBe(sha256('a', 'bc'));
});

test('a document id follows from what names it, and differs with each part', () => {
  const id = documentIdOf(connection, 'NoteEntity', 'a');
  expect(documentIdOf(connection, 'NoteEntity', 'a')).toBe(id);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const other = SourceConnectionId.parse('22222222-2222-4222-8222-222222222222');
  const ids = [id, documentIdOf(connection, 'NoteEntity', 'b'), documentIdOf(connection, 'Note', 'a')];
  expect(new Set([...ids, documentIdOf(other, 'NoteEntity', 'a')]).size).toBe(4);
});

test('the entity hash covers breadcrumbs, permissions and fields, not the order of keys', () => {
  const content = contentHashOf('pipeline', 'A', 'digest');
  const base = entityHashOf(entity, content);
  expect(entityHashOf({ ...entity, fields: { place: 'attic' } }, content)).toBe(base);
  expect(entityHashOf({ ...entity, fields: { place: 'cellar' } }, content)).not.toBe(base);
  expect(entityHashOf({ ...entity, access: { viewers: ['user:a'], isPublic: false } }, content)).not.toBe(base);
  const breadcrumbs = [{ entityId: 'f', name: 'Folder', entityType: 'FolderEntity' }];
  expect(entityHashOf({ ...entity, breadcrumbs }, content)).not.toBe(base);
  expect(entityHashOf(entity, contentHashOf('pipeline 2', 'A', 'digest'))).not.toBe(base);
});

test('a chunk id differs with its place and its passage', () => {
  const place = {
    collectionId: CollectionId.parse('33333333-3333-4333-8333-333333333333'),
    connectionId: connection,
    entityType: 'NoteEntity',
    entityId: 'a',
  };
  const ids = [chunkIdOf(place, 0, 'x'), chunkIdOf(place, 1, 'x'), chunkIdOf(place, 0, 'y')];
  expect(new Set(ids).size).toBe(3);
});

test('the encoder reads name, headings and text', () => {
  expect(encoderInput('Guide', { headings: ['Start', 'Install'], text: 'Run it.' })).toBe(
    'Guide › Start › Install\nRun it.',
  );
});
