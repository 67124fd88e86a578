import { Worker } from 'node:worker_threads';
import type { ChildMessage, RequestMessage } from './child-message.ts';
import { canReadProcessMemory } from './process-memory.ts';

/**
 * Ends the process when its parent is gone, also while the main thread is stuck in a loop and cannot see the channel
 * close: a parser that hangs must not outlive a server that was killed.
 */
const watchParent = `
  const { workerData: parent } = require('node:worker_threads');
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 2000);
`;

/**
 * Turns this process into a child of a `ChildPool`: answers each request with what `handle` resolves to.
 * Called once, at the end of the child's module; what is slow to load is better imported by `handle` when first needed.
 *
 * The process ends with its parent's death, however that came, and ignores SIGINT and SIGTERM: those are often sent to
 * a whole process group, and it is the parent that decides when its children have finished.
 */
export function serveRequests<Request, Response>(handle: (request: Request) => Promise<Response> | Response): void {
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('disconnect', () => process.exit(0));
  if (!process.connected) process.exit(0);

  new Worker(watchParent, {
    eval: true,
    // Read here: by the time that the thread runs, the parent may be dead and another process be in its place.
    workerData: process.ppid,
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  }).unref();

  if (!canReadProcessMemory) {
    setInterval(() => send({ kind: 'memory', rssBytes: process.memoryUsage.rss() }), 1000).unref();
  }

  process.on('message', (message: RequestMessage) => {
    // The pool sends what its type parameter says; parent and child are one version of one program.
    answer(message.id, async () => handle(message.request as Request)).catch(() => process.exit(1));
  });
  send({ kind: 'ready' });
}

async function answer(id: number, handle: () => Promise<unknown>): Promise<void> {
  try {
    send({ kind: 'result', id, response: await handle() });
  } catch (error) {
    const stack = error instanceof Error ? error.stack : undefined;
    send({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error), stack });
  }
}

function send(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}
