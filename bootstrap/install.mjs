import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installedPackages } from './fingerprint.mjs';
import { explainFailure, InstallFailure } from './install-failure.mjs';
import { takeInstallLock } from './install-lock.mjs';
import { installModules } from './install-modules.mjs';
import { installTool, removeOldTools } from './install-tool.mjs';
import { findNpm } from './npm.mjs';
import { checkPlatform } from './platform.mjs';
import { endingSignals, endLike } from './run-child.mjs';
import { findNode, npmPackage, runtimePackage, toolPackageFolder } from './runtime.mjs';

const oldestNpm = 11;

/**
 * Brings what is missing: a Node 24 if the running one is older, an npm 11 if the machine's is older, and the packages.
 * Tells a person what went wrong if it cannot, and sets the exit status.
 *
 * @param {'production' | 'full'} packages
 * @param {() => boolean} isReady asked again once nobody else installs here
 * @returns {Promise<boolean>} whether Weft can be run now
 */
export async function install(packages, isReady) {
  try {
    checkPlatform();
    const release = await takeInstallLock(() =>
      process.stderr.write('Another start of Weft is installing into this folder; waiting for it …\n'),
    );
    try {
      if (!isReady()) await stoppable((signal) => installMissing(packages, signal));
    } finally {
      release();
    }
    return true;
  } catch (error) {
    report(error);
    return false;
  }
}

async function installMissing(packages, signal) {
  const npm = findNpm();
  if (npm === undefined) {
    throw new InstallFailure(
      'npm was not found. It comes with Node.js; some Linux distributions have it in a package of its own, named npm.',
    );
  }
  if (findNode() === undefined)
    await installTool(runtimePackage, { npm, node: process.execPath, signal, title: 'Installing Node 24' });
  const node = findNode();

  let script = npm.script;
  if (npm.major < oldestNpm) {
    script = join(toolPackageFolder(npmPackage), 'bin', 'npm-cli.js');
    if (!existsSync(script)) await installTool(npmPackage, { npm, node, signal, title: 'Installing npm 11' });
  }
  const installed = installedPackages();
  if (installed !== 'full' && installed !== packages) await installModules(packages, { node, script, signal });
  removeOldTools([runtimePackage, npmPackage]);
}

/** A stop that somebody asked for while we installed. */
class Stopped extends Error {
  constructor(signalName) {
    super(`stopped by ${signalName}`);
    this.signalName = signalName;
  }
}

/** Runs `work` with an abort signal for the stop signals; npm must have ended before we do. */
async function stoppable(work) {
  const controller = new AbortController();
  const stop = (name) => controller.abort(new Stopped(name));
  for (const name of endingSignals) process.on(name, stop);
  try {
    await work(controller.signal);
    controller.signal.throwIfAborted();
  } catch (error) {
    // Whatever npm says when it is ended, the reason is the stop.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    for (const name of endingSignals) process.off(name, stop);
  }
}

function report(error) {
  if (error instanceof Stopped) {
    process.stderr.write('\nThe installation was stopped before its end. Run the same command again to go on.\n');
    endLike({ code: null, signal: error.signalName });
    return;
  }
  const isFileSystemError = error instanceof Error && typeof error.code === 'string' && 'syscall' in error;
  const failure = isFileSystemError ? explainFailure(error.message) : error;
  if (!(failure instanceof InstallFailure)) throw failure;
  process.stderr.write(`\n${failure.message}\n`);
  process.exitCode = 1;
}
