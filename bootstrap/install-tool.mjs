import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { explainFailure } from './install-failure.mjs';
import { npmInstall } from './npm.mjs';
import { showProgress } from './progress.mjs';
import { toolFolder } from './runtime.mjs';

/**
 * Installs one pinned package without dependencies into a folder of its own. It appears under its final name only when
 * it is complete.
 *
 * @param {{ name: string, version: string, integrity: string, unneeded?: string[] }} tool
 */
export async function installTool(tool, { npm, node, signal, title }) {
  const folder = toolFolder(tool);
  const partial = `${folder}.partial`;
  const progress = showProgress(`${title} (${tool.name} ${tool.version})`);
  try {
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    // The lock makes npm refuse any content but the one that is pinned.
    const dependencies = { [tool.name]: tool.version };
    writeJson(join(partial, 'package.json'), { private: true, dependencies });
    writeJson(join(partial, 'package-lock.json'), {
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { dependencies },
        [`node_modules/${tool.name}`]: { version: tool.version, integrity: tool.integrity },
      },
    });
    const { isComplete, output } = await npmInstall({
      node,
      script: npm.script,
      folder: partial,
      args: ['--no-save'],
      onFetch: () => undefined,
      signal,
    });
    if (!isComplete) throw explainFailure(output);
    for (const path of tool.unneeded ?? []) {
      rmSync(join(partial, 'node_modules', tool.name, path), { recursive: true, force: true });
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
    progress.done();
  } finally {
    progress.stop();
    // What is left of a failed try would only fill the disk.
    rmSync(partial, { recursive: true, force: true });
  }
}

/** Removes tools of earlier versions, and what interrupted installations left. */
export function removeOldTools(current) {
  const kept = new Set(current.map((tool) => basename(toolFolder(tool))));
  const folder = dirname(toolFolder(current[0]));
  let names;
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  for (const name of names) {
    if (!kept.has(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
