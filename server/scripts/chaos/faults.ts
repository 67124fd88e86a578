import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../api-client.ts';
import { signalAll } from '../process-tree.ts';
import type { ChaosServer } from './chaos-server.ts';
import { choose, type Random } from './random.ts';
import type { FaultKind, PlannedFault } from './round-plan.ts';
import { listProcesses } from './server-processes.ts';
import { fillDisk, smallDisk } from './small-disk.ts';
import type { SourceFolder } from './source-folder.ts';

export interface FaultTarget {
  readonly server: ChaosServer;
  readonly folder: SourceFolder;
  readonly random: Random;
  /** Asks once for the running job of the connection to be cancelled. */
  cancel(api: ApiClient): Promise<void>;
  /** Deletes the connection that was made for this round, if one was. */
  deleteConnection(api: ApiClient): Promise<void>;
  /** Ends of what lasts; the round waits for them before it looks at anything. */
  readonly lasting: Promise<void>[];
}

const mebibyte = 2 ** 20;

/** Brings a fault about. What lasts goes on while the next fault strikes. @returns processes killed */
export async function strike(fault: PlannedFault, target: FaultTarget): Promise<number> {
  const { server, folder, lasting } = target;
  const hold = (undo: () => Promise<void> | void) => {
    lasting.push(delay(fault.holdMs).then(undo));
  };
  // A folder can be away or change, not both.
  if (folderFaults.has(fault.kind)) await Promise.all(lasting.splice(0));
  switch (fault.kind) {
    case 'kill-server': {
      const chosen = await server.choose(fault.aim);
      await Promise.all(chosen.map((running) => running.kill()));
      return chosen.length;
    }
    case 'stop-server': {
      const chosen = await server.choose(fault.aim);
      await Promise.all(chosen.map((running) => running.stop()));
      return 0;
    }
    case 'kill-postmaster':
    case 'kill-backend':
    case 'kill-child':
      if (fault.kind === 'kill-backend' && !server.hasOwnDatabase) return endOneBackend(server);
      return killOne(await targetsOf(fault, server), fault.aim);
    case 'stall-server':
    case 'stall-postgres': {
      const stalled = await targetsOf(fault, server);
      signalAll(stalled, 'SIGSTOP');
      hold(() => signalAll(stalled, 'SIGCONT'));
      return 0;
    }
    case 'move-source':
      hold(await folder.moveAway('all', fault.aim));
      return 0;
    case 'move-folder':
      hold(await folder.moveAway('one', fault.aim));
      return 0;
    case 'change-files':
      await folder.change(target.random, fault.aim / 5);
      return 0;
    case 'cancel':
      await whileItRuns(server, (api) => target.cancel(api));
      return 0;
    case 'delete-connection':
      await whileItRuns(server, (api) => target.deleteConnection(api));
      return 0;
    case 'fill-disk':
      if (smallDisk !== undefined)
        hold(await fillDisk(smallDisk, Math.max(0, Math.floor(fault.aim * 80 - 16)) * mebibyte));
      return 0;
  }
}

const folderFaults: ReadonlySet<FaultKind> = new Set(['move-source', 'move-folder', 'change-files']);

async function targetsOf({ kind, aim }: PlannedFault, server: ChaosServer): Promise<readonly number[]> {
  const [chosen] = await server.choose(aim);
  if (chosen === undefined) return [];
  const { postmaster, backends, children } = listProcesses(chosen.processId);
  switch (kind) {
    case 'kill-postmaster':
      return postmaster === undefined ? [] : [postmaster];
    case 'kill-backend':
    case 'stall-postgres':
      return backends;
    case 'kill-child':
      return children;
    default:
      return [chosen.processId, ...children];
  }
}

function killOne(processIds: readonly number[], aim: number): number {
  if (processIds.length === 0) return 0;
  signalAll([choose(() => aim, processIds)], 'SIGKILL');
  return 1;
}

/** An operator's PostgreSQL is not ours to kill; its connections may end all the same. */
async function endOneBackend(server: ChaosServer): Promise<number> {
  const ended = await server.query(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() order by random() limit 1`);
  return ended.length;
}

/** What people ask for may meet a server that is just down; then they have asked in vain, and that is all. */
async function whileItRuns(server: ChaosServer, ask: (api: ApiClient) => Promise<void>): Promise<void> {
  try {
    await ask(new ApiClient((await server.ensureRunning()).url));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}
