import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { ApiClient } from '../api-client.ts';
import { type ServerProcess, startServerProcess } from '../server-process.ts';
import { choose } from './random.ts';

export interface ChaosServerOptions {
  readonly dataDirectory: string;
  readonly env: Readonly<Record<string, string>>;
  /** An operator's PostgreSQL; with it there is a process for requests and `workers` others. */
  readonly databaseUrl?: string;
  readonly workers: number;
}

const patienceMs = 90_000;

/** Servers that are started again whenever one is found dead, as an operator's supervisor would. */
export class ChaosServer {
  readonly #options: ChaosServerOptions;
  readonly #roles: readonly string[];
  readonly #processes = new Map<number, ServerProcess>();
  #isStopped = false;

  constructor(options: ChaosServerOptions) {
    this.#options = options;
    const workers = Array.from({ length: options.workers }, () => 'worker');
    this.#roles = options.databaseUrl === undefined ? ['all'] : ['api', ...workers];
  }

  get dataDirectory(): string {
    return this.#options.dataDirectory;
  }

  /** Whether PostgreSQL is one of the server's own processes. */
  get hasOwnDatabase(): boolean {
    return this.#options.databaseUrl === undefined;
  }

  /** @returns the process that answers requests @throws ServerStartError */
  async ensureRunning(): Promise<ServerProcess> {
    for (const number of this.#roles.keys()) if (!this.#processes.has(number)) await this.#start(number);
    const [first] = this.#processes.values();
    return this.#processes.get(0) ?? first ?? this.ensureRunning();
  }

  /** Of several processes one, and now and then (an aim from 0.8) all. */
  async choose(aim: number): Promise<readonly ServerProcess[]> {
    await this.ensureRunning();
    const all = [...this.#processes.values()];
    return all.length === 0 || aim >= 0.8 ? all : [choose(() => aim / 0.8, all)];
  }

  /** Calls until it works: servers and databases come back within moments. @throws the last error, after 90 s */
  async persist<T>(
    call: (api: ApiClient) => Promise<T>,
    isFinal: (error: unknown) => boolean = () => false,
  ): Promise<T> {
    for (const until = Date.now() + patienceMs; ; await delay(50)) {
      if (this.#isStopped) throw new Error('the run was stopped');
      try {
        return await call(new ApiClient((await this.ensureRunning()).url));
      } catch (error) {
        if (isFinal(error) || this.#isStopped || Date.now() > until) throw error;
      }
    }
  }

  /** Runs a query as the database's owner, again until it works. */
  query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.persist(async () => {
      const client = new pg.Client(this.#connection());
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query(`select set_config('weft.organization_id', '*', false)`);
        return (await client.query<Row>(text, [...values])).rows;
      } finally {
        await client.end();
      }
    });
  }

  /** For good. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#processes.values()].map((running) => running.stop()));
  }

  async #start(number: number): Promise<void> {
    if (this.#isStopped) throw new Error('the run was stopped');
    const { dataDirectory, env, databaseUrl } = this.#options;
    const shared = databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl };
    const started = await startServerProcess({
      dataDirectory,
      env: { ...env, ...shared, WEFT_ROLE: this.#roles[number] },
    });
    this.#processes.set(number, started);
    void started.ended.then(() => {
      if (this.#processes.get(number) === started) this.#processes.delete(number);
    });
  }

  /** The operator's database, or the socket of the one that a server runs by itself. */
  #connection(): pg.ClientConfig {
    const { databaseUrl, dataDirectory } = this.#options;
    if (databaseUrl !== undefined) return { connectionString: databaseUrl };
    return { host: join(dataDirectory, 'postgres'), port: 5432, user: 'weft', database: 'postgres' };
  }
}
