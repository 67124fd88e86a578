import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sizeMebibytes = 1_024;
const mebibyte = 2 ** 20;
const variable = 'WEFT_CHAOS_DISK';
const asRoot = process.getuid?.() === 0;
const [unshare, ...unshareArgs] = ['unshare', ...(asRoot ? [] : ['--map-root-user']), '--mount'] as const;

/** The small disk that this process was started on; undefined when it has none. */
export const smallDisk: string | undefined = process.env[variable];

/**
 * Starts this script once more with a small disk of its own, which nobody else sees and which is gone with it, so that it can
 * be filled.
 *
 * @returns its exit code; undefined where the system allows no such disk
 */
export async function runOnSmallDisk(script: string, args: readonly string[]): Promise<number | undefined> {
  const canMount =
    process.platform === 'linux' &&
    spawnSync(unshare, [...unshareArgs, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
  if (!canMount) return undefined;
  const disk = await mkdtemp(join(tmpdir(), 'weft-chaos-disk-'));
  const mount = `mount -t tmpfs -o size=${sizeMebibytes}m,mode=0700 tmpfs '${disk}' && exec "$@"`;
  const command = [process.execPath, fileURLToPath(script), ...args];
  const child = spawn(unshare, [...unshareArgs, 'sh', '-c', mount, 'sh', ...command], {
    stdio: 'inherit',
    env: { ...process.env, [variable]: disk },
  });
  // A terminal interrupts the child too, and it has to tidy up first.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGTERM'));
  await once(child, 'exit');
  await rm(disk, { recursive: true, force: true });
  return child.exitCode ?? 1;
}

/** Writes until less than so many bytes are free. @returns makes the space free again */
export async function fillDisk(disk: string, freeBytes: number): Promise<() => Promise<void>> {
  // Its own: another fault may be taking what it has written away at the same time.
  const filler = await mkdtemp(join(disk, 'filler-'));
  for (let count = 0; ; count += 1) {
    const { bavail, bsize } = await statfs(disk);
    const excess = bavail * bsize - freeBytes;
    if (excess <= 0) break;
    const content = Buffer.alloc(Math.min(excess, 64 * mebibyte));
    // Somebody else may take the last bytes first; then it is full as well.
    await writeFile(join(filler, String(count)), content).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOSPC') throw error;
    });
  }
  return () => rm(filler, { recursive: true, force: true });
}
