import type { Table } from '@lancedb/lancedb';
import type { ArmHit } from '../../../core/search/search-index.ts';
import { DocumentId } from '../../../core/shared/index.ts';

/** Which passage a row is, in which version of which document. */
type RowHit = Omit<ArmHit, 'score'>;

/** About 240 bytes each. */
const defaultMaxHits = 200_000;

/**
 * Remembers which passages rows are. Reading that column for two arms costs four times what finding the rows does, and what
 * stands in a row never changes: a write makes a row of a new number, and so does a merge of files, and no number is used
 * twice. Those used lately stay, at least half of `maxHits`.
 */
export class RowHits {
  readonly #maxPerGeneration: number;
  #young = new Generation();
  #old = new Generation();

  constructor(maxHits = defaultMaxHits) {
    this.#maxPerGeneration = Math.max(1, Math.floor(maxHits / 2));
  }

  /**
   * The hits of rows, in their order.
   * @returns undefined when a row moved since its number was given, which a merge of files does
   */
  async find(table: Table, rowIds: readonly bigint[]): Promise<readonly RowHit[] | undefined> {
    const known = rowIds.map((rowId) => this.#find(table, rowId));
    const unknown = rowIds.filter((_, i) => known[i] === undefined);
    const read = unknown.length === 0 ? new Map<bigint, RowHit>() : await readHits(table, unknown);
    for (const [rowId, hit] of read) this.#remember(table, rowId, hit);
    const hits = rowIds.flatMap((rowId, i) => known[i] ?? read.get(rowId) ?? []);
    return hits.length === rowIds.length ? hits : undefined;
  }

  #find(table: Table, rowId: bigint): RowHit | undefined {
    const recent = this.#young.find(table, rowId);
    if (recent !== undefined) return recent;
    const known = this.#old.find(table, rowId);
    if (known !== undefined) this.#remember(table, rowId, known);
    return known;
  }

  #remember(table: Table, rowId: bigint, hit: RowHit): void {
    if (this.#young.size >= this.#maxPerGeneration) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.add(table, rowId, hit);
  }
}

/** Hits by table, so that a table that was closed, or made anew, takes nothing from another. */
class Generation {
  readonly #tables = new Map<Table, Map<number, RowHit>>();
  size = 0;

  find(table: Table, rowId: bigint): RowHit | undefined {
    return this.#tables.get(table)?.get(Number(rowId));
  }

  add(table: Table, rowId: bigint, hit: RowHit): void {
    const key = Number(rowId);
    // The upper half is the file's number: two million rewritten files of one table are seldom, and then merely not remembered.
    if (!Number.isSafeInteger(key)) return;
    const hits = this.#tables.get(table) ?? new Map<number, RowHit>();
    this.#tables.set(table, hits);
    if (!hits.has(key)) this.size += 1;
    hits.set(key, hit);
  }
}

async function readHits(table: Table, rowIds: readonly bigint[]): Promise<ReadonlyMap<bigint, RowHit>> {
  const rows = await table.takeRowIds(rowIds).select(['hit']).withRowId().toArrow();
  const ids = rows.getChild('_rowid');
  const hits = rows.getChild('hit');
  return new Map(
    Array.from({ length: rows.numRows }, (_, i) => [BigInt(ids?.get(i)), parseHit(String(hits?.get(i)))] as const),
  );
}

/** Written by `toRows`. */
export function parseHit(text: string): RowHit {
  const [chunkId = '', documentId, version] = text.split(' ');
  return { chunkId, documentId: DocumentId.parse(documentId), version: Number(version) };
}
