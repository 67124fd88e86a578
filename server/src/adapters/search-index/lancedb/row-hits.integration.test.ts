import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Table } from '@lancedb/lancedb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DocumentId, newId } from '../../../core/shared/index.ts';
import { lancedb } from './engine.ts';
import { RowHits } from './row-hits.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'weft-row-hits-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Row {
  readonly hit: string;
}

function made(count: number): readonly Row[] {
  return Array.from({ length: count }, (_, i) => ({ hit: `chunk-${i} ${newId(DocumentId)} ${i}` }));
}

async function createTable(rows: readonly Row[]): Promise<Table> {
  const connection = await lancedb.connect(directory);
  return connection.createTable(newId(DocumentId), [...rows] as unknown as Record<string, unknown>[]);
}

async function rowIdsOf(table: Table): Promise<bigint[]> {
  const rows = await table.query().select(['hit']).withRowId().toArrow();
  return Array.from(rows.getChild('_rowid') ?? [], (rowId) => BigInt(rowId));
}

function asHit({ hit }: Row) {
  const [chunkId, documentId, version] = hit.split(' ');
  return { chunkId, documentId, version: Number(version) };
}

it('gives the hits of rows in the order asked for, read or remembered, with fewer places than rows too', async () => {
  const rows = made(20);
  const table = await createTable(rows);
  const rowIds = await rowIdsOf(table);
  const expected = rows.map(asHit).reverse();
  for (const maxHits of [200, 8]) {
    const rowHits = new RowHits(maxHits);
    for (let round = 0; round < 3; round += 1) {
      expect(await rowHits.find(table, rowIds.toReversed())).toEqual(expected);
      expect(await rowHits.find(table, rowIds.slice(0, 3))).toEqual(rows.slice(0, 3).map(asHit));
    }
  }
});

it('keeps the same numbers of two tables apart', async () => {
  const [one, two] = [made(3), made(3)];
  const tables = await Promise.all([one, two].map(createTable));
  const rowHits = new RowHits();
  const found = [];
  for (const table of tables) found.push(await rowHits.find(table, await rowIdsOf(table)));
  expect(found).toEqual([one.map(asHit), two.map(asHit)]);
});

it('says so when rows moved, and knows those that it has seen', async () => {
  const rows = made(5);
  const table = await createTable(rows);
  await table.add([...made(5)] as unknown as Record<string, unknown>[]);
  const rowIds = await rowIdsOf(table);
  const rowHits = new RowHits();
  expect(await rowHits.find(table, rowIds.slice(0, 5))).toEqual(rows.map(asHit));
  await table.optimize();
  expect(await rowIdsOf(table)).not.toEqual(rowIds);
  expect(await rowHits.find(table, rowIds.slice(0, 5))).toEqual(rows.map(asHit));
  expect(await rowHits.find(table, rowIds)).toBeUndefined();
});
