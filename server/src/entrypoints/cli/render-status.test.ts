import { expect, it } from 'vitest';
import { createPaint } from './paint.ts';
import { renderStatus, type ServerState } from './render-status.ts';

const now = new Date('2026-03-10T12:00:00Z');
const layout = { width: 80, paint: createPaint(false) };
const collection = {
  readable_id: 'notes',
  name: 'Notes',
  status: 'ACTIVE',
  documents: 1204,
  is_syncing: false,
  last_sync: '2026-03-10T11:55:00Z',
  problems: [],
};
const state: ServerState = {
  url: 'http://127.0.0.1:8001',
  version: '0.1.0',
  is_ready: true,
  checks: {},
  collections: [collection],
};

it('says in one sentence how things are, then lists the collections', () => {
  expect(renderStatus(state, layout, now)).toMatchInlineSnapshot(`
    "Weft 0.1.0 at http://127.0.0.1:8001 is ready: 1 collection, 1,204 documents.

    Collection  Name   State  Documents  Last sync
    notes       Notes  fine       1,204  5 minutes ago"
  `);
});

it('gives the reason of every source that fails', () => {
  const failing = {
    ...collection,
    status: 'ERROR',
    last_sync: null,
    problems: [{ source_connection_id: '1', name: 'Old notes', reason: 'There is no folder /old.' }],
  };
  expect(renderStatus({ ...state, collections: [failing] }, layout, now)).toMatchInlineSnapshot(`
    "Weft 0.1.0 at http://127.0.0.1:8001 is ready: 1 collection, 1,204 documents.

    Collection  Name   State    Documents  Last sync
    notes       Notes  failing      1,204  –

    1 source needs somebody:
      Old notes in notes: There is no folder /old."
  `);
});

it('says what to do when there is nothing yet', () => {
  expect(renderStatus({ ...state, collections: [] }, layout, now)).toContain('./weft connect <folder>');
});

it('names the part that is down when the server is not ready', () => {
  const checks = { database: { status: 'down', error: 'timeout' }, index: { status: 'up' } };
  expect(renderStatus({ ...state, is_ready: false, checks }, layout, now)).toMatchInlineSnapshot(`
    "Weft 0.1.0 at http://127.0.0.1:8001 is not ready.
      database is down: timeout
    If it has just started, try again in a moment; else look at its log."
  `);
});
