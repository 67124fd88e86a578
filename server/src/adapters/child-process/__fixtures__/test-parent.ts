import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../../core/shared/index.ts';
import { ChildPool } from '../child-pool.ts';
import type { TestRequest } from './test-child.ts';

/** Starts two children, one of them stuck in a loop, prints their ids, and waits to be killed. */
const pool = new ChildPool<TestRequest, { readonly pid: number }>({
  modulePath: fileURLToPath(new URL('test-child.ts', import.meta.url)),
  size: 2,
  maxMemoryMb: 500,
  timeoutMs: 60_000,
  logger: silentLogger,
});
const { signal } = new AbortController();
const [first, second] = await Promise.all([pool.run({ do: 'describe' }, { signal }), pool.run({ do: 'describe' }, { signal })]);
const stuck = pool.run({ do: 'spin' }, { signal });
process.stdout.write(`${first.pid} ${second.pid}\n`);
await stuck;
