import { readFileSync } from 'node:fs';

/** Whether another process's memory can be read here; elsewhere children report their own. */
export const canReadProcessMemory = process.platform === 'linux';

/**
 * Resident memory of a process in bytes, from Linux's `/proc/<pid>/status`.
 *
 * Synchronous on purpose: procfs answers from memory in about 30 µs, and a thread-pool round trip would take longer.
 *
 * @returns `undefined` when the process is gone or the platform has no procfs
 */
export function readProcessMemory(pid: number): number | undefined {
  if (!canReadProcessMemory) return undefined;
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match?.[1] === undefined ? undefined : Number(match[1]) * 1024;
  } catch {
    // The process ended between two readings; its `exit` event tells the rest.
    return undefined;
  }
}
