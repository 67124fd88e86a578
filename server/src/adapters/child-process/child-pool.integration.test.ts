import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../core/shared/index.ts';
import type { TestRequest } from './__fixtures__/test-child.ts';
import { ChildPool, type ChildPoolOptions } from './child-pool.ts';

const modulePath = fileURLToPath(new URL('__fixtures__/test-child.ts', import.meta.url));
const isLinux = process.platform === 'linux';
const { signal } = new AbortController();
const pools: ChildPool<TestRequest, unknown>[] = [];

interface Description {
  readonly pid: number;
  readonly priority: number;
  readonly variables: readonly string[];
  readonly argv: readonly string[];
}

function createPool(options: Partial<ChildPoolOptions> = {}) {
  const defaults = { modulePath, size: 1, maxMemoryMb: 500, timeoutMs: 20_000, logger: silentLogger };
  const pool = new ChildPool<TestRequest, unknown>({ ...defaults, ...options });
  pools.push(pool);
  return pool;
}

async function describeChild(pool: ChildPool<TestRequest, unknown>): Promise<Description> {
  return (await pool.run({ do: 'describe' }, { signal })) as Description;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isLinux || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<void> {
  const end = Date.now() + 60_000;
  while (isRunning(pid) && Date.now() < end) await sleep(50);
  expect(isRunning(pid)).toBe(false);
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('answers', () => {
  it('are structured values, typed arrays included', async () => {
    const value = { vector: new Float32Array([1, 2.5]), when: new Date(0), list: [undefined, null, 'x'] };
    expect(await createPool().run({ do: 'echo', value }, { signal })).toEqual(value);
  });

  it('come from one child that is kept, and from several when work waits', async () => {
    const pool = createPool({ size: 2 });
    const first = await describeChild(pool);
    expect((await describeChild(pool)).pid).toBe(first.pid);
    const both = await Promise.all([describeChild(pool), describeChild(pool), describeChild(pool)]);
    expect(new Set(both.map(({ pid }) => pid)).size).toBe(2);
  });

  it('to urgent requests come before those that waited longer', async () => {
    const pool = createPool();
    const order: string[] = [];
    const running = pool.run({ do: 'wait', ms: 200 }, { signal });
    const waiting = [1, 2].map((n) =>
      pool.run({ do: 'echo', value: n }, { signal }).then((value) => order.push(`waiting ${value}`)),
    );
    const urgent = pool
      .run({ do: 'echo', value: 3 }, { signal, urgent: true })
      .then((value) => order.push(`urgent ${value}`));
    await Promise.all([running, ...waiting, urgent]);
    expect(order).toEqual(['urgent 3', 'waiting 1', 'waiting 2']);
  });
});

describe('a child process', () => {
  it('runs at the lowest priority in all its threads and sees none of the secrets of the environment', async () => {
    process.env.WEFT_TEST_SECRET = 'secret';
    const child = await describeChild(createPool({ env: { GIVEN: '1' }, argv: ['--model', 'x'] }));
    delete process.env.WEFT_TEST_SECRET;
    expect(child.priority).toBe(19);
    expect(child.argv).toEqual(['--model', 'x']);
    expect(child.variables).toContain('GIVEN');
    expect(child.variables).not.toContain('WEFT_TEST_SECRET');
    if (!isLinux) return;
    const threads = readdirSync(`/proc/${child.pid}/task`);
    const nice = threads.map(
      (id) => readFileSync(`/proc/${child.pid}/task/${id}/stat`, 'utf8').split(') ')[1]?.split(' ')[16],
    );
    expect(new Set(nice)).toEqual(new Set(['19']));
  });

  it('ends when it was idle for long enough, and the next request starts another', async () => {
    const pool = createPool({ idleTimeoutMs: 100 });
    const { pid } = await describeChild(pool);
    await untilGone(pid);
    expect((await describeChild(pool)).pid).not.toBe(pid);
  });

  it('ignores SIGINT and SIGTERM, which its parent answers for it', async () => {
    const pool = createPool();
    const { pid } = await describeChild(pool);
    const running = pool.run({ do: 'wait', ms: 300 }, { signal });
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
    expect(await running).toBe('waited');
  });

  it('ends when its parent is killed, even while it is stuck in a loop', async () => {
    const parentPath = fileURLToPath(new URL('__fixtures__/test-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, [parentPath], { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) => parent.stdout.once('data', (data) => resolve(String(data))));
    const pids = line.trim().split(' ').map(Number);
    expect(pids.every(isRunning)).toBe(true);
    await sleep(200);
    parent.kill('SIGKILL');
    for (const pid of pids) await untilGone(pid);
  }, 120_000);
});

describe('a request fails alone', () => {
  it('when its handler throws', async () => {
    const pool = createPool();
    const { pid } = await describeChild(pool);
    await expect(pool.run({ do: 'throw' }, { signal })).rejects.toMatchObject({
      code: 'failed',
      message: 'no such luck',
    });
    expect((await describeChild(pool)).pid).toBe(pid);
  });

  it('when its child exits or is killed', async () => {
    const pool = createPool();
    await expect(pool.run({ do: 'exit' }, { signal })).rejects.toMatchObject({ code: 'died' });
    const { pid } = await describeChild(pool);
    const running = pool.run({ do: 'wait', ms: 10_000 }, { signal });
    setTimeout(() => process.kill(pid, 'SIGKILL'), 50);
    await expect(running).rejects.toMatchObject({ code: 'died' });
    expect((await describeChild(pool)).pid).not.toBe(pid);
  });

  it('when an idle child was killed unseen, not at all', async () => {
    const pool = createPool();
    const { pid } = await describeChild(pool);
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
    expect((await describeChild(pool)).pid).not.toBe(pid);
  });

  it('when it hangs', async () => {
    const pool = createPool();
    await expect(pool.run({ do: 'spin' }, { signal, timeoutMs: 200 })).rejects.toMatchObject({ code: 'timed_out' });
    expect(await pool.run({ do: 'echo', value: 1 }, { signal })).toBe(1);
  });

  it('when it takes too much memory, on or off the heap', async () => {
    const pool = createPool({ maxMemoryMb: 200 });
    await expect(pool.run({ do: 'grow' }, { signal })).rejects.toMatchObject({ code: 'out_of_memory' });
    await expect(pool.run({ do: 'grow-heap' }, { signal })).rejects.toMatchObject({ code: 'out_of_memory' });
    expect(await pool.run({ do: 'echo', value: 1 }, { signal })).toBe(1);
  });

  it('when it cannot be sent', async () => {
    const pool = createPool();
    await expect(pool.run({ do: 'echo', value: () => 1 }, { signal })).rejects.toMatchObject({ code: 'failed' });
    expect(await pool.run({ do: 'echo', value: 1 }, { signal })).toBe(1);
  });

  it('when the module cannot be loaded', async () => {
    const pool = createPool({ modulePath: fileURLToPath(new URL('no-such-module.ts', import.meta.url)) });
    await expect(pool.run({ do: 'echo', value: 1 }, { signal })).rejects.toMatchObject({ code: 'died' });
  });
});

describe('aborting', () => {
  it('takes a waiting request out of the queue', async () => {
    const pool = createPool();
    const running = pool.run({ do: 'wait', ms: 200 }, { signal });
    const controller = new AbortController();
    const waiting = pool.run({ do: 'exit' }, { signal: controller.signal });
    controller.abort(new Error('not wanted'));
    await expect(waiting).rejects.toThrow('not wanted');
    expect(await running).toBe('waited');
    expect(await pool.run({ do: 'echo', value: 1 }, { signal })).toBe(1);
  });

  it('lets a short running request finish unheard and kills one that is stuck', async () => {
    const pool = createPool();
    const { pid } = await describeChild(pool);
    const short = new AbortController();
    const wait = pool.run({ do: 'wait', ms: 300 }, { signal: short.signal });
    short.abort(new Error('not wanted'));
    await expect(wait).rejects.toThrow('not wanted');
    expect((await describeChild(pool)).pid).toBe(pid);

    const stuck = new AbortController();
    const spin = pool.run({ do: 'spin' }, { signal: stuck.signal });
    stuck.abort(new Error('not wanted'));
    await expect(spin).rejects.toThrow('not wanted');
    expect((await describeChild(pool)).pid).not.toBe(pid);
  });

  it('before the call runs nothing', async () => {
    const pool = createPool();
    await expect(pool.run({ do: 'echo', value: 1 }, { signal: AbortSignal.abort(new Error('late')) })).rejects.toThrow(
      'late',
    );
  });
});

it('closing rejects what runs or waits, ends the children, and may be repeated', async () => {
  const pool = createPool();
  const { pid } = await describeChild(pool);
  const results = Promise.allSettled([1, 2].map(() => pool.run({ do: 'spin' }, { signal })));
  await pool.close();
  await pool.close();
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(isRunning(pid)).toBe(false);
  await expect(pool.run({ do: 'echo', value: 1 }, { signal })).rejects.toMatchObject({ code: 'died' });
});
