import { InstallFailure } from './install-failure.mjs';
import { runtimePackage } from './runtime.mjs';

/**
 * @throws InstallFailure on a machine for which Weft's native packages do not exist
 */
export function checkPlatform() {
  if (runtimePackage === undefined) {
    throw new InstallFailure(
      `Weft does not run on this platform (${process.platform}, ${process.arch}). It runs on Linux (x64, arm64; glibc), ` +
        `macOS (Apple silicon) and Windows (x64), with a 64-bit Node.\n${otherwise}`,
    );
  }
  if (process.platform === 'linux' && !usesGlibc()) {
    throw new InstallFailure(
      'Weft does not run on Linux systems built on musl, such as Alpine: its database and its model need glibc.\n' +
        otherwise,
    );
  }
}

const otherwise = 'In a container, use an image based on Debian or Ubuntu, for example node:24-slim.';

function usesGlibc() {
  // Looking up the names of open connections can take seconds, and nobody reads them here.
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}
