import { statfsSync } from 'node:fs';
import { root } from './paths.mjs';

/** What an installation takes on the disk, without developers' packages; measured on Linux x64. */
const diskMegabytes = 1000;

/** A reason for which an installation cannot go on, told to a person; the bootstrap prints it and ends with status 1. */
export class InstallFailure extends Error {}

/**
 * Turns the failure of npm, or of a call to the file system, into what went wrong and what to do about it.
 *
 * @param {string} output what was printed, or an error's message with its code
 * @returns {InstallFailure}
 */
export function explainFailure(output) {
  const found = reasons.find(({ pattern }) => pattern.test(output));
  const details = lastLines(output);
  return new InstallFailure(`${found?.say() ?? 'The installation failed.'}${details === '' ? '' : `\n\n${details}`}`);
}

const again = 'Then run the same command again: it goes on from there.';

const reasons = [
  {
    pattern: /\b(ENOSPC|EDQUOT)\b/,
    say: () =>
      `There is not enough space on the disk: Weft needs about ${diskMegabytes} MB in ${root}, and npm about half as much ` +
      `for its cache${freeSpace()}.\nMake space. ${again}`,
  },
  {
    pattern: /\b(EACCES|EPERM|EROFS)\b/,
    say: () =>
      `The installation may not write where it has to: ${root}, or npm's cache (\`npm config get cache\`).\n` +
      `Make both writable for your own user, without sudo. ${again}`,
  },
  {
    pattern:
      /\b(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_HAS_EXPIRED)\b/,
    say: () =>
      'The package registry showed a certificate that this machine does not trust, as behind some company proxies.\n' +
      `Tell Node about your company's certificate (\`NODE_EXTRA_CA_CERTS\` or \`npm config set cafile\`). ${again}`,
  },
  {
    pattern:
      /\b(ENOTFOUND|EAI_AGAIN|EAI_FAIL|ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|EIDLETIMEOUT|ERR_SOCKET_TIMEOUT|ERR_SOCKET_CLOSED|EINVALIDPROXY|ENOTCACHED)\b|socket hang up|network/i,
    say: () =>
      'The package registry could not be reached: the first start needs the network.\n' +
      'Check the connection. Behind a proxy, set HTTPS_PROXY or `npm config set https-proxy`; with a registry of your ' +
      `own, check \`npm config get registry\`. ${again}`,
  },
  {
    pattern: /\b(E401|E403|ENEEDAUTH)\b/,
    say: () =>
      'The package registry refused the request. With a registry of your own, check `npm config get registry` and your ' +
      `login. ${again}`,
  },
  {
    pattern: /\b(E404|ETARGET)\b/,
    say: () =>
      'The package registry does not have a package that Weft needs. With a registry of your own, check that it passes ' +
      `on all packages (\`npm config get registry\`). ${again}`,
  },
  {
    pattern: /\b(EINTEGRITY|TAR_BAD_ARCHIVE|Z_DATA_ERROR|Z_BUF_ERROR)\b/,
    say: () => `A package arrived damaged or is not the one Weft was tested with. Run \`npm cache verify\`. ${again}`,
  },
];

function freeSpace() {
  try {
    const { bavail, bsize } = statfsSync(root);
    return `; ${Math.floor((bavail * bsize) / 1e6)} MB are free`;
  } catch {
    // Not known on this system: the sentence does without it.
    return '';
  }
}

/** The end of what npm said, without the stack and the fields of the error object that it prints. */
function lastLines(output) {
  const lines = output
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^npm (error|ERR!)(\s+at .*|\s+\w+: .*,?|\s*[{}]?)$/.test(line));
  return [...new Set(lines)].slice(-8).join('\n');
}
