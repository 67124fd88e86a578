import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { processTree } from '../process-tree.ts';

export interface ServerProcesses {
  /** PostgreSQL's first process; undefined while it is being started again. */
  readonly postmaster: number | undefined;
  /** The processes of PostgreSQL that serve a connection, and its own helpers. */
  readonly backends: readonly number[];
  /** Encoder, parsers, index maintenance. */
  readonly children: readonly number[];
}

/** What a server has started. */
export function listProcesses(serverId: number): ServerProcesses {
  const all = processTree(serverId).filter((id) => id !== serverId);
  const commands = new Map(all.map((id) => [id, commandOf(id)]));
  const postmaster = all.find((id) => /native\/bin\/postgres|native\\bin\\postgres/.test(commands.get(id) ?? ''));
  const backends = postmaster === undefined ? [] : processTree(postmaster).filter((id) => id !== postmaster);
  const ofPostgres = new Set([postmaster, ...backends]);
  return { postmaster, backends, children: all.filter((id) => !ofPostgres.has(id)) };
}

function commandOf(id: number): string {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'args=', '-p', String(id)], { encoding: 'utf8' });
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // It has ended.
    return '';
  }
}
