import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownFolder, root } from './paths.mjs';

const stampFile = join(ownFolder, 'installed.json');

/** Raised when what the bootstrap does after npm changes, so that installations made before it are done again. */
const layout = 1;

const packageFiles = [
  'package-lock.json',
  'package.json',
  'server/package.json',
  'dashboard/package.json',
  'client/package.json',
];

/** Equal as long as an installation in this folder would come out the same. */
function fingerprint() {
  const hash = createHash('sha256').update(`${layout} ${process.platform} ${process.arch}\n`);
  for (const file of packageFiles) {
    const content = readIfThere(join(root, file));
    hash.update(`${file} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/**
 * What is completely installed for the present package files: 'full', 'production', or undefined for nothing.
 * The stamp is written last and removed first, so an installation that was interrupted has none.
 */
export function installedPackages() {
  try {
    const stamp = JSON.parse(readFileSync(stampFile, 'utf8'));
    return stamp.fingerprint === fingerprint() ? stamp.packages : undefined;
  } catch {
    // No stamp, or one that cannot be read: the same as not installed.
    return undefined;
  }
}

/** @param {'production' | 'full'} packages */
export function writeStamp(packages) {
  mkdirSync(ownFolder, { recursive: true });
  writeFileSync(stampFile, `${JSON.stringify({ fingerprint: fingerprint(), packages })}\n`);
}

export function removeStamp() {
  rmSync(stampFile, { force: true });
}

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
