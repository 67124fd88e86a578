import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type {
  ArmHit,
  IndexChunk,
  IndexRef,
  RetrieveRequest,
  RetrieveResult,
} from '../../../core/search/search-index.ts';
import { AppError, DocumentId, type Logger, type SourceConnectionId } from '../../../core/shared/index.ts';
import type { EngineIndex } from '../two-engines.ts';
import { fromRows, toRows } from './chunk-rows.ts';
import { lancedb } from './engine.ts';
import { IndexMaintenance } from './index-maintenance.ts';
import { OpenTables } from './open-tables.ts';
import { inScope, retrieveFrom, run } from './retrieve.ts';
import { RowHits } from './row-hits.ts';
import { createMaintenanceRunner, type MaintenanceRunner } from './run-maintenance.ts';
import { isOneOf, quoteInteger, quoteText } from './sql.ts';
import { maintainAlone, type TableLock } from './table-lock.ts';
import { tableName, tablePrefix } from './table-schema.ts';
import { timeLimitsMs, withinTime } from './within-time.ts';

export interface LanceDbIndexOptions {
  /** Made when it is not there. */
  readonly directory: string;
  /** Where other processes use the directory too; absent: none does. Every read then looks for their latest writes. */
  readonly lock?: TableLock;
  /** Whether indexes are brought up to their rows; default true. Off in a process that only searches, beside others that write. */
  readonly isMaintained?: boolean;
  readonly logger: Logger;
  /** Tables kept open beside those in use; default 200. */
  readonly maxOpenTables?: number;
  /** Ceiling of the engine's cache of index parts; default 256 MB. */
  readonly indexCacheBytes?: number;
}

const metadataCacheBytes = 64 * 2 ** 20;
/** Rows of one merge: 25 ms for 200 rows on two cores. */
const rowsPerWrite = 500;
/** Literals of one predicate. */
const idsPerPredicate = 500;
const closeLimitMs = 5000;

/**
 * Opens the embedded search index: one LanceDB table per collection and generation in `directory`.
 *
 * @throws AppError('unavailable') when the directory cannot be used
 */
export async function openLanceDbIndex(options: LanceDbIndexOptions): Promise<EngineIndex> {
  const session = new lancedb.Session(BigInt(options.indexCacheBytes ?? 256 * 2 ** 20), BigInt(metadataCacheBytes));
  const directory = path.resolve(options.directory);
  return withinTime(timeLimitsMs.write, 'start', async () => {
    await mkdir(directory, { recursive: true });
    // 0: every read looks whether there is a newer version, which costs 0.05 ms.
    const consistency = options.lock === undefined ? {} : { readConsistencyInterval: 0 };
    const connection = await lancedb.connect(directory, { session, ...consistency });
    let maintenance: IndexMaintenance | undefined;
    const tables = new OpenTables({
      connection,
      directory,
      maxOpen: options.maxOpenTables ?? 200,
      onOpen: (name, rows) => maintenance?.noteUnindexed(name, rows),
      lock: options.lock,
    });
    await tables.sweep();
    const runner = createMaintenanceRunner(directory, options.logger, options.lock !== undefined);
    const isMaintained = options.isMaintained ?? true;
    maintenance = new IndexMaintenance({
      logger: options.logger,
      run: async (name) => {
        if (!isMaintained) return;
        await tables.use(name, undefined, (open) => maintainAlone(options.lock, name, () => runner.run(open)));
      },
    });
    return new LanceDbIndex(tables, maintenance, runner);
  });
}

class LanceDbIndex implements EngineIndex {
  readonly #tables: OpenTables;
  readonly #maintenance: IndexMaintenance;
  readonly #runner: MaintenanceRunner;
  readonly #rowHits = new RowHits();

  constructor(tables: OpenTables, maintenance: IndexMaintenance, runner: MaintenanceRunner) {
    this.#tables = tables;
    this.#maintenance = maintenance;
    this.#runner = runner;
  }

  async create(ref: IndexRef, options: { readonly dimensions: number }): Promise<void> {
    await this.#tables.create(tableName(ref), options.dimensions);
  }

  async upsert(ref: IndexRef, chunks: readonly IndexChunk[]): Promise<void> {
    // Of two rows with the same id in one call the later one counts; the engine would store both.
    const rows = [...new Map(chunks.map((chunk) => [chunk.chunkId, chunk])).values()];
    const name = tableName(ref);
    const found = await this.#tables.use(name, false, async (open) => {
      for (const batch of inBatches(rows, rowsPerWrite)) {
        const data = toRows(batch, ref.scope.organizationId, open.dimensions);
        await open.write('write', timeLimitsMs.write, () =>
          open.table
            .mergeInsert('chunk_id')
            .whenMatchedUpdateAll({ where: 'target.version <= source.version' })
            .whenNotMatchedInsertAll()
            .execute(data, { timeoutMs: timeLimitsMs.write }),
        );
        this.#maintenance.noteWrite(name, batch.length);
      }
      return true;
    });
    if (!found) throw new AppError('not_found', 'The collection has no search index of this generation (any more).');
  }

  async drop(
    ref: IndexRef,
    drops: readonly { readonly documentId: DocumentId; readonly beforeVersion: number }[],
  ): Promise<void> {
    const byVersion = Map.groupBy(drops, ({ beforeVersion }) => beforeVersion);
    for (const [beforeVersion, same] of byVersion) {
      for (const batch of inBatches(same, idsPerPredicate)) {
        const documents = isOneOf(
          'document_id',
          batch.map(({ documentId }) => documentId),
        );
        await this.#delete(ref, `version < ${quoteInteger(beforeVersion)} AND ${documents}`);
      }
    }
  }

  async dropConnection(ref: IndexRef, connectionId: SourceConnectionId): Promise<void> {
    await this.#delete(ref, `connection_id = ${quoteText(connectionId)}`);
  }

  async dropCollection(ref: Omit<IndexRef, 'generation'>): Promise<void> {
    const prefix = tablePrefix(ref);
    this.#maintenance.forget(prefix);
    await withinTime(timeLimitsMs.write, 'drop', () => this.#tables.dropAll(prefix));
  }

  async dropGenerations(ref: Omit<IndexRef, 'generation'>, keep: readonly number[]): Promise<void> {
    const kept = keep.map((generation) => tableName({ ...ref, generation }));
    await withinTime(timeLimitsMs.write, 'drop', () => this.#tables.dropAll(tablePrefix(ref), kept));
  }

  async retrieve(ref: IndexRef, request: RetrieveRequest): Promise<RetrieveResult> {
    const none: readonly ArmHit[] = [];
    const missing = {
      ...(request.text === undefined ? {} : { keyword: none }),
      ...(request.vector === undefined ? {} : { semantic: none }),
    };
    return this.#tables.use(tableName(ref), missing, (open) => retrieveFrom(open, this.#rowHits, ref.scope, request));
  }

  async fetch(ref: IndexRef, chunkIds: readonly string[]): Promise<readonly IndexChunk[]> {
    return this.#read(ref, 'chunk_id', chunkIds, ['payload']);
  }

  async readDocuments(ref: IndexRef, documentIds: readonly DocumentId[]): Promise<readonly IndexChunk[]> {
    return this.#read(ref, 'document_id', documentIds, ['payload', 'vector']);
  }

  async listDocumentIds(
    ref: IndexRef,
    { syncJobId, aboveVersion = -1 }: { readonly syncJobId: string; readonly aboveVersion?: number },
  ): Promise<readonly DocumentId[]> {
    const none: readonly DocumentId[] = [];
    return this.#tables.use(tableName(ref), none, async (open) => {
      const query = open.table
        .query()
        .where(`${inScope(ref.scope)} AND sync_job_id = ${quoteText(syncJobId)} AND version > ${aboveVersion}`);
      const ids = (await run(query.select(['document_id']))).getChild('document_id');
      return [...new Set<string>(ids ?? [])].map((id) => DocumentId.parse(id));
    });
  }

  async count(ref: IndexRef): Promise<number> {
    return this.#tables.use(tableName(ref), 0, (open) =>
      withinTime(timeLimitsMs.query, 'count', () => open.table.countRows(inScope(ref.scope))),
    );
  }

  async has(ref: IndexRef): Promise<boolean> {
    return this.#tables.use(tableName(ref), false, async () => true);
  }

  async optimise(ref: IndexRef): Promise<void> {
    await this.#maintenance.runNow(tableName(ref));
  }

  async close(): Promise<void> {
    this.#maintenance.close();
    await this.#runner.close();
    await this.#tables.close(closeLimitMs);
  }

  async #delete(ref: IndexRef, predicate: string): Promise<void> {
    const name = tableName(ref);
    await this.#tables.use(name, undefined, async (open) => {
      await open.write('delete', timeLimitsMs.write, () =>
        open.table.delete(`${inScope(ref.scope)} AND (${predicate})`),
      );
      this.#maintenance.noteWrite(name, 0);
    });
  }

  async #read(
    ref: IndexRef,
    column: 'chunk_id' | 'document_id',
    ids: readonly string[],
    selected: readonly string[],
  ): Promise<readonly IndexChunk[]> {
    const none: readonly IndexChunk[] = [];
    if (ids.length === 0) return none;
    return this.#tables.use(tableName(ref), none, async (open) => {
      const found: IndexChunk[] = [];
      for (const batch of inBatches([...new Set(ids)], idsPerPredicate)) {
        const query = open.table.query().where(`${inScope(ref.scope)} AND ${isOneOf(column, batch)}`);
        found.push(...fromRows(await run(query.select([...selected]))));
      }
      return found;
    });
  }
}

function inBatches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
