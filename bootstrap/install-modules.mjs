import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeStamp, writeStamp } from './fingerprint.mjs';
import { explainFailure } from './install-failure.mjs';
import { npmInstall } from './npm.mjs';
import { modulesFolder, ownFolder, root } from './paths.mjs';
import { showProgress } from './progress.mjs';

/** Lies there while npm works; when a start finds it, the installation before it was cut off. */
const marker = join(ownFolder, 'installing');

/**
 * Installs the packages of the lock file. `npm install` and not `npm ci`, which refuses a lock file without the native
 * packages of other platforms (no registry has all of them); `--no-save` leaves the lock file as it is.
 *
 * @param {'production' | 'full'} packages
 */
export async function installModules(packages, { node, script, signal }) {
  removeStamp();
  // npm takes a package whose files were written by half for installed.
  if (existsSync(marker)) clearModules();
  // Somebody who develops keeps the developers' packages.
  const wanted = existsSync(join(modulesFolder, 'vitest')) ? 'full' : packages;
  mkdirSync(ownFolder, { recursive: true });
  writeFileSync(marker, '');

  const locked = lockedPackages(wanted);
  const total = locked.length;
  const progress = showProgress(`Installing ${total} packages`);
  try {
    const { isComplete, output } = await npmInstall(
      {
        node,
        script,
        folder: root,
        args: ['--no-save', wanted === 'full' ? '--include=dev' : '--omit=dev'],
        onFetch: (fetched) => progress.update(`${Math.min(fetched, total)} fetched`),
        signal,
      },
      () => locked.every(({ path, isNative }) => !isNative || existsSync(join(root, path))),
    );
    if (!isComplete) throw explainFailure(output);
    signal.throwIfAborted();
    removeOtherPlatforms();
    writeStamp(wanted);
    rmSync(marker, { force: true });
    progress.done();
  } finally {
    progress.stop();
  }
}

function clearModules() {
  const kept = join(ownFolder, 'tools');
  for (const name of readdirSync(modulesFolder)) {
    const path = join(modulesFolder, name);
    if (path !== ownFolder) rmSync(path, { recursive: true, force: true });
  }
  for (const name of readdirSync(ownFolder)) {
    const path = join(ownFolder, name);
    if (path !== kept) rmSync(path, { recursive: true, force: true });
  }
}

/** onnxruntime-node brings its native library for five platforms, 290 MB, of which this one needs about 45. */
function removeOtherPlatforms() {
  const folder = join(modulesFolder, 'onnxruntime-node', 'bin');
  if (!existsSync(folder)) return;
  for (const abi of readdirSync(folder)) {
    const own = join(folder, abi, process.platform, process.arch);
    // With a layout that we do not know, everything stays.
    if (!existsSync(own)) continue;
    for (const platform of readdirSync(join(folder, abi))) {
      for (const architecture of readdirSync(join(folder, abi, platform))) {
        const path = join(folder, abi, platform, architecture);
        if (path !== own) rmSync(path, { recursive: true, force: true });
      }
    }
  }
}

/**
 * The packages of the lock file that belong on this machine.
 *
 * @returns {{ path: string, isNative: boolean }[]} native: made for this platform only
 */
function lockedPackages(wanted) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const fits = (list, own) => list === undefined || list.includes(own);
  return Object.entries(lock.packages)
    .filter(
      ([path, entry]) =>
        path.includes('node_modules/') &&
        entry.link !== true &&
        (wanted === 'full' || entry.dev !== true) &&
        fits(entry.os, process.platform) &&
        fits(entry.cpu, process.arch) &&
        // Other systems than Linux have no libc to choose.
        (process.platform !== 'linux' || fits(entry.libc, 'glibc')),
    )
    .map(([path, entry]) => ({ path, isNative: entry.os !== undefined && entry.cpu !== undefined }));
}
