import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach } from 'vitest';
import { ApiClient } from '../scripts/api-client.ts';
import { type ServerProcess, type ServerProcessOptions, startServerProcess } from '../scripts/server-process.ts';

export interface RunningServer extends ServerProcess {
  readonly api: ApiClient;
}

/** The part of a source connection that tests of the whole server look at. */
export interface ConnectionView {
  readonly id: string;
  readonly status: string;
  readonly entities: { readonly total_entities: number } | null;
}

export interface JobView {
  readonly id: string;
  readonly status: string;
  readonly error: string | null;
  readonly entities_inserted: number;
  readonly entities_failed: number;
  readonly trigger: string;
}

export interface DocumentView {
  readonly name: string;
  readonly entity_id: string;
  readonly state: string;
  readonly error: string | null;
}

/** A folder for each test, with what its servers keep; servers still running after the test are killed. */
export class ServerFixture {
  readonly #servers: ServerProcess[] = [];
  #directory = '';

  /** Call it at the top of a file or a `describe`. */
  static use(): ServerFixture {
    const fixture = new ServerFixture();
    beforeEach(async () => {
      fixture.#directory = await mkdtemp(join(tmpdir(), 'weft-e2e-'));
    });
    afterEach(async () => {
      for (const server of fixture.#servers.splice(0)) await server.kill();
      await rm(fixture.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    });
    return fixture;
  }

  get directory(): string {
    return this.#directory;
  }

  get dataDirectory(): string {
    return join(this.#directory, 'data');
  }

  /** To be connected; exists once something was written to it. */
  get folder(): string {
    return join(this.#directory, 'folder');
  }

  /** Starts the real server; without an encoder, unless the environment says `EMBEDDING_PROVIDER: 'local'`. */
  async start(
    env: ServerProcessOptions['env'] = {},
    options: Partial<Omit<ServerProcessOptions, 'env'>> = {},
  ): Promise<RunningServer> {
    const server = await startServerProcess({
      dataDirectory: this.dataDirectory,
      env: { EMBEDDING_PROVIDER: 'none', ...env },
      ...options,
    });
    this.#servers.push(server);
    return { ...server, api: new ApiClient(server.url) };
  }

  /** Writes files of the folder, by path relative to it. */
  async write(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }

  /** Connects the folder to a new collection `papers`. */
  async connect(api: ApiClient, config: object = {}, collection = 'papers'): Promise<ConnectionView> {
    await api.post('/collections', { name: 'Some papers', readable_id: collection });
    return api.post<ConnectionView>('/source-connections', {
      short_name: 'files',
      readable_collection_id: collection,
      config: { path: this.folder, ...config },
    });
  }
}

export async function newestJob(api: ApiClient, connectionId: string): Promise<JobView> {
  const [job] = await api.get<JobView[]>(`/source-connections/${connectionId}/jobs?limit=1`);
  if (job === undefined) throw new Error('there is no job yet');
  return job;
}

/** Looks at the newest job until it is as wanted. @throws Error when it ends otherwise, or takes too long */
export async function waitForJob(
  api: ApiClient,
  connectionId: string,
  isWanted: (job: JobView) => boolean = ({ status }) => status === 'completed',
  timeoutMs = 240_000,
): Promise<JobView> {
  for (const until = Date.now() + timeoutMs; ; ) {
    const job = await newestJob(api, connectionId);
    if (isWanted(job)) return job;
    if (['completed', 'failed', 'cancelled'].includes(job.status) || Date.now() > until) {
      throw new Error(`the job is not as wanted: ${JSON.stringify(job)}`);
    }
    await delay(50);
  }
}

/** How many passages of a collection hold this word. */
export async function countPassages(api: ApiClient, word: string, collection = 'papers'): Promise<number> {
  return (await countPassagesOf(api, [word], collection)).get(word) ?? 0;
}

/** How many passages hold each of these words, of which any may find a passage; a count over three is not exact. */
export async function countPassagesOf(
  api: ApiClient,
  words: readonly string[],
  collection = 'papers',
): Promise<ReadonlyMap<string, number>> {
  const { results } = await api.post<{ results: { textual_representation: string }[] }>(
    `/collections/${collection}/search/instant`,
    { query: words.join(' '), retrieval_strategy: 'keyword', group_by: 'chunk', limit: Math.max(10, 3 * words.length) },
  );
  const countOf = (word: string) => results.filter((result) => result.textual_representation.includes(word)).length;
  return new Map(words.map((word) => [word, countOf(word)]));
}

/** All documents of a collection. */
export async function listDocuments(api: ApiClient, collection = 'papers'): Promise<readonly DocumentView[]> {
  const documents: DocumentView[] = [];
  for (;;) {
    const path = `/collections/${collection}/documents?limit=1000&skip=${documents.length}`;
    const page = await api.get<DocumentView[]>(path);
    documents.push(...page);
    if (page.length < 1000) return documents;
  }
}
