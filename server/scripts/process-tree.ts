import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The process and everything it started that has not been handed to another parent; itself first. */
export function processTree(processId: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const [id, parent] of listParents()) {
    const siblings = children.get(parent) ?? [];
    siblings.push(id);
    children.set(parent, siblings);
  }
  const tree = [processId];
  for (const id of tree) tree.push(...(children.get(id) ?? []));
  return tree;
}

/** Sends a signal to each; those that are gone do not count. */
export function signalAll(processIds: readonly number[], signal: NodeJS.Signals): void {
  for (const id of processIds) {
    try {
      process.kill(id, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Pairs of a process and its parent. Linux images for servers often have no `ps`; other systems have no `/proc`. */
function listParents(): readonly (readonly [number, number])[] {
  if (process.platform !== 'linux') {
    const listing = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    return [...listing.matchAll(/(\d+)\s+(\d+)/g)].map(([, id, parent]) => [Number(id), Number(parent)]);
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // `4711 (a name, (of any) kind) S 4710 …`
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = stat
          .slice(stat.lastIndexOf(')') + 1)
          .trim()
          .split(' ')[1];
        return [[Number(name), Number(parent)] as const];
      } catch {
        // It ended between the two reads.
        return [];
      }
    });
}
