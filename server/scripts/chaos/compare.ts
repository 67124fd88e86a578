import { setTimeout as delay } from 'node:timers/promises';
import { lancedb } from '../../src/adapters/search-index/lancedb/engine.ts';
import type { ChaosServer } from './chaos-server.ts';
import { compareBlobs } from './compare-blobs.ts';
import type { Damage } from './damage.ts';
import type { SourceFolder } from './source-folder.ts';

interface DocumentRow {
  id: string;
  entity_id: string;
  state: string;
  error: string | null;
  version: number;
  chunk_count: number;
  raw_key: string | null;
}

interface IndexRow {
  readonly documentId: string;
  readonly version: number;
  readonly text: string;
}

/** Compares every file with its document, index rows and record, and looks for whatever else there is. */
export async function compare(
  server: ChaosServer,
  folder: SourceFolder,
  connectionId: string,
  collection: string,
  damage: Damage,
): Promise<void> {
  const documents = await server.query<DocumentRow>(
    `select id, entity_id, state, error, version::int, chunk_count, raw_key from documents where source_connection_id = $1`,
    [connectionId],
  );
  const rows = Map.groupBy(await readIndex(server, connectionId), (row) => row.documentId);
  const byPath = new Map(documents.map((document) => [document.entity_id, document]));

  for (const [path, { word }] of folder.files) {
    const document = byPath.get(path);
    if (document === undefined) {
      damage.note('lost', `${path} has no document`);
      continue;
    }
    if (document.state !== 'indexed') damage.note('lost', `${path} is ${document.state}: ${document.error}`);
    const current = (rows.get(document.id) ?? []).filter((row) => row.version === document.version);
    if (current.length < document.chunk_count) {
      damage.note('lost', `${path} has ${current.length} of ${document.chunk_count} index rows`);
    } else if (current.length > document.chunk_count) {
      damage.note('duplicated', `${path} has ${current.length} index rows for ${document.chunk_count} passages`);
    } else if (!current.some((row) => row.text.includes(word))) damage.note('stale', `${path} shows a former text`);
  }
  const known = new Map(documents.map((document) => [document.id, document]));
  for (const [path] of byPath) if (!folder.files.has(path)) damage.note('stale', `${path} is gone from the source`);
  for (const [id, ofDocument] of rows) {
    const version = known.get(id)?.version;
    for (const row of ofDocument) {
      if (row.version !== version) damage.noteOnce('orphaned_rows', `${id} at ${row.version}, not ${version}`);
    }
  }
  await compareBlobs(server.dataDirectory, connectionId, documents, folder, damage);
  await compareSearch(server, folder, collection, damage);
  await lookForOpenWork(server, damage);
}

async function readIndex(server: ChaosServer, connectionId: string): Promise<readonly IndexRow[]> {
  const connection = await lancedb.connect(`${server.dataDirectory}/index`);
  const rows: IndexRow[] = [];
  try {
    for (const name of await connection.tableNames()) {
      const table = await connection.openTable(name);
      const found = await table
        .query()
        .where(`connection_id = '${connectionId}'`)
        .select(['document_id', 'version', 'payload'])
        .toArray();
      for (const { document_id, version, payload } of found) {
        rows.push({ documentId: String(document_id), version: Number(version), text: String(payload) });
      }
      table.close();
    }
  } finally {
    connection.close();
  }
  return rows;
}

const wordsPerQuery = 20;

/** What an agent would find: each word once. */
async function compareSearch(
  server: ChaosServer,
  folder: SourceFolder,
  collection: string,
  damage: Damage,
): Promise<void> {
  const words = [...folder.files.values()].map((file) => file.word);
  for (let start = 0; start < words.length; start += wordsPerQuery) {
    const part = words.slice(start, start + wordsPerQuery);
    const { results } = await server.persist((api) =>
      api.post<{ results: readonly { textual_representation: string }[] }>(
        `/collections/${collection}/search/instant`,
        {
          query: part.join(' '),
          retrieval_strategy: 'keyword',
          group_by: 'chunk',
          limit: wordsPerQuery * 3,
        },
      ),
    );
    for (const word of part) {
      const count = results.filter((result) => result.textual_representation.includes(word)).length;
      if (count === 0) damage.note('lost', `${word} is not found by search`);
      if (count > 1) damage.note('duplicated', `${word} is found ${count} times by search`);
    }
  }
}

const patienceMs = 60_000;

/** No run of this connection is under way, and one of another that was cut off must be taken up and end. */
async function lookForOpenWork(server: ChaosServer, damage: Damage): Promise<void> {
  for (const until = Date.now() + patienceMs; ; await delay(200)) {
    const jobs = await server.query<{ id: string; status: string }>(
      `select id, status from sync_jobs
       where status in ('created', 'pending', 'running', 'cancelling') or lease_owner is not null`,
    );
    if (jobs.length === 0) break;
    if (Date.now() < until) continue;
    for (const job of jobs) damage.note('stuck', `job ${job.id} is ${job.status}`);
    break;
  }
  const drops = await server.query<{ id: string }>(`select id from index_drops`);
  for (const drop of drops) damage.noteOnce('orphaned_rows', `drop ${drop.id} was not done`);
}
