import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BriefConnections } from './brief-connections.ts';
import { ChaosServer } from './chaos-server.ts';
import { compare } from './compare.ts';
import { Damage } from './damage.ts';
import { strike } from './faults.ts';
import { createRandom } from './random.ts';
import { planRound } from './round-plan.ts';
import { appendResult, type RoundResult } from './round-result.ts';
import { smallDisk } from './small-disk.ts';
import { SourceFolder } from './source-folder.ts';
import { SyncRuns } from './sync-runs.ts';

export interface RoundsOptions {
  readonly rounds: number;
  readonly files: number;
  readonly seed: number;
  /** `none` or `local`. */
  readonly encoder: string;
  readonly resultsFile?: string;
  /** An empty database of an operator's PostgreSQL, for several processes. */
  readonly databaseUrl?: string;
  readonly workers: number;
}

const collection = 'chaos';

/** Runs the rounds on one server's data, each result as it comes; all that was made for them is removed at the end. */
export async function* runRounds(options: RoundsOptions): AsyncGenerator<RoundResult> {
  const folder = await SourceFolder.create();
  const dataDirectory = join(smallDisk ?? (await mkdtemp(join(tmpdir(), 'weft-chaos-data-'))), 'data');
  const server = new ChaosServer({
    dataDirectory,
    env: { EMBEDDING_PROVIDER: options.encoder },
    workers: options.workers,
    ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
  });
  const stop = async () => {
    await server.stop();
    process.exit(1);
  };
  process.once('SIGTERM', () => void stop());
  try {
    await folder.fill(options.files, createRandom(options.seed));
    await server.persist((api) => api.post('/collections', { name: 'Chaos', readable_id: collection }));
    const { id } = await server.persist((api) =>
      api.post<{ id: string }>('/source-connections', {
        short_name: 'files',
        readable_collection_id: collection,
        config: { path: folder.path },
        sync_immediately: false,
      }),
    );
    const brief = new BriefConnections(server, folder.path);
    await brief.createCollection();
    const runs = new SyncRuns(server, id);
    const seen = new Set<string>();
    for (let round = 1; round <= options.rounds; round += 1) {
      const damage = new Damage(seen);
      const result = await runRound({ options, round, folder, server, runs, brief, damage });
      if (options.resultsFile !== undefined) await appendResult(options.resultsFile, result);
      yield result;
    }
  } finally {
    await server.stop();
    await folder.remove();
    await rm(dataDirectory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

interface Round {
  readonly options: RoundsOptions;
  readonly round: number;
  readonly folder: SourceFolder;
  readonly server: ChaosServer;
  readonly runs: SyncRuns;
  readonly brief: BriefConnections;
  readonly damage: Damage;
}

async function runRound({ options, round, folder, server, runs, brief, damage }: Round): Promise<RoundResult> {
  const began = performance.now();
  const plan = planRound(options.seed, round);
  const random = createRandom(plan.seed + 1);
  if (round > 1) await folder.change(random, 0.25);
  if (plan.faults.some(({ kind }) => kind === 'delete-connection')) await brief.open();
  await runs.start();
  const lasting: Promise<void>[] = [];
  let kills = 0;
  for (const fault of plan.faults) {
    await delay(fault.afterMs);
    kills += await strike(fault, {
      server,
      folder,
      random,
      lasting,
      cancel: (api) => runs.cancel(api),
      deleteConnection: (api) => brief.delete(api),
    });
  }
  await Promise.all(lasting);
  await brief.close();
  const ended = await runs.waitForEnd();
  if (ended === undefined) damage.note('stuck', `the sync did not end: ${runs.describe()}`);
  const error = ended === 'failed' ? runs.describe() : null;
  const resumed = await runs.countResumptions();
  await runs.start();
  const last = await runs.waitForEnd();
  if (last !== 'completed') damage.note('stuck', `the sync after the faults: ${runs.describe()}`);
  if (round === options.rounds) await brief.expectGone(damage);
  await compare(server, folder, runs.connectionId, collection, damage);
  return {
    seed: options.seed,
    round,
    faults: plan.faults.map(({ kind }) => kind),
    kills,
    entities: folder.files.size,
    ended: ended ?? 'stuck',
    error,
    resumed,
    ms: Math.round(performance.now() - began),
    encoder: options.encoder,
    workers: options.databaseUrl === undefined ? 0 : options.workers,
    ...damage.counts,
    notes: damage.notes,
  };
}
