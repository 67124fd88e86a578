import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { processTree } from '../process-tree.ts';

export interface ResidentMemory {
  /** The process itself. */
  readonly own: number;
  /** With everything it started: parsers, encoder, PostgreSQL. */
  readonly all: number;
}

/** Proportional set sizes in MB, which count shared memory once; undefined where `/proc` is not there. */
export function residentMegabytes(processId: number): ResidentMemory | undefined {
  if (process.platform !== 'linux') return undefined;
  const sizes = processTree(processId).map(
    (id) => Number(/Pss:\s+(\d+)/.exec(readProc(`/proc/${id}/smaps_rollup`))?.[1] ?? 0) / 1024,
  );
  return { own: sizes[0] ?? 0, all: sizes.reduce((sum, size) => sum + size, 0) };
}

/** The most that was seen, looking once a second until `work` ends. */
export async function peakMemory<T>(
  processId: number,
  work: Promise<T>,
): Promise<{ readonly result: T; readonly peak: ResidentMemory | undefined }> {
  let peak: ResidentMemory | undefined;
  const done = new AbortController();
  const watching = (async () => {
    while (!done.signal.aborted) {
      const now = residentMegabytes(processId);
      if (now === undefined) return;
      peak = { own: Math.max(peak?.own ?? 0, now.own), all: Math.max(peak?.all ?? 0, now.all) };
      // Ended by the end of the work.
      await delay(1_000, undefined, { signal: done.signal }).catch(() => undefined);
    }
  })();
  try {
    const result = await work;
    return { result, peak };
  } finally {
    done.abort();
    await watching;
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended while we looked.
    return '';
  }
}
