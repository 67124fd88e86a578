import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

/**
 * Finds the npm that belongs to the running Node, or the one on the PATH. Its script is run with a Node of our choice,
 * which needs no shell and no `npm.cmd`.
 *
 * @returns {{ script: string, major: number } | undefined}
 */
export function findNpm() {
  const besideNode = dirname(realpathSync(process.execPath));
  const places = [
    process.env.npm_execpath,
    join(besideNode, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(besideNode, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...(process.env.PATH ?? '').split(delimiter).flatMap((folder) => [
      // A link to npm-cli.js on Unix; on Windows a script beside npm's folder.
      join(folder, 'npm'),
      join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ]),
  ];
  for (const place of places) {
    if (place === undefined || !existsSync(place)) continue;
    const script = realpathSync(place);
    // Other package managers set npm_execpath to themselves.
    if (basename(script) === 'npm-cli.js') return { script, major: npmMajor(script) };
  }
  return undefined;
}

function npmMajor(script) {
  const description = JSON.parse(readFileSync(join(dirname(script), '..', 'package.json'), 'utf8'));
  return Number(String(description.version).split('.')[0]);
}

/**
 * Flags for every call. Install scripts stay off: onnxruntime-node's would fetch files that nobody needs here.
 * npm's own waits between tries of a
 * failed download add up to more than a minute, too long for telling somebody that there is no network.
 */
const flags = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--no-progress',
  '--no-color',
  '--loglevel=http',
  '--fetch-retries=3',
  '--fetch-retry-factor=2',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=8000',
];

/**
 * Runs `npm install` in a folder: first from npm's cache without asking the registry whether anything changed, which is
 * quick and needs no network, then, if that was not enough, with fresh lists of versions. Lists in the cache may be older
 * than a pinned version, and an optional package that is missing from one is left out without a word.
 *
 * @param {Parameters<typeof runNpmInstall>[0]} call
 * @param {() => boolean} isWhole whether everything is there, asked when npm says that it succeeded
 */
export async function npmInstall(call, isWhole = () => true) {
  const first = await runNpmInstall({ ...call, args: ['--prefer-offline', ...call.args] });
  const needsFreshLists = first.isComplete ? !isWhole() : /\b(ETARGET|E404|ENOTCACHED)\b/.test(first.output);
  if (!needsFreshLists || call.signal.aborted) return first;
  return runNpmInstall({ ...call, args: ['--prefer-online', ...call.args] });
}

/**
 * Runs `npm install` once.
 *
 * @param {object} call
 * @param {string} call.node the Node to run npm with
 * @param {string} call.script npm's npm-cli.js
 * @param {string} call.folder a folder with a package.json
 * @param {string[]} call.args more arguments
 * @param {(fetched: number) => void} call.onFetch called with the number of packages fetched so far
 * @param {AbortSignal} call.signal ends npm, with SIGTERM and after a while with SIGKILL
 * @returns {Promise<{ isComplete: boolean, output: string }>} with the end of what npm printed
 */
function runNpmInstall({ node, script, folder, args, onFetch, signal }) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [script, 'install', '--prefix', folder, ...flags, ...args], {
      cwd: folder,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = [];
    let rest = '';
    let hasCutFiles = false;
    const fetched = new Set();
    const read = (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop().slice(-4096);
      for (const line of lines) {
        // On a full disk npm only warns of the files that it could not write, and ends with success.
        if (line.includes('TAR_ENTRY_ERROR')) hasCutFiles = true;
        const tarball = /^npm http (?:fetch|cache) (?:GET \d+ )?(\S+\.tgz)/.exec(line)?.[1];
        if (tarball !== undefined) onFetch(fetched.add(tarball).size);
        else if (!line.startsWith('npm http') || /attempt \d+ failed/.test(line)) output.push(line);
      }
      output.splice(0, output.length - 200);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);

    let hardKill;
    const stop = () => {
      child.kill('SIGTERM');
      hardKill = setTimeout(() => child.kill('SIGKILL'), 2000);
    };
    signal.addEventListener('abort', stop, { once: true });
    const finish = () => {
      clearTimeout(hardKill);
      signal.removeEventListener('abort', stop);
    };
    child.once('error', (error) => {
      finish();
      reject(error);
    });
    child.once('close', (code) => {
      finish();
      resolve({ isComplete: code === 0 && !hasCutFiles, output: [...output, rest].join('\n') });
    });
  });
}

/** Ours without what an outer npm says about the script it runs, which an inner npm would take for settings. */
function environment() {
  const ofOuterNpm =
    /^npm_(config_(local_prefix|prefix|workspaces?|omit|include|only|production|dry_run|package_lock)|package_|lifecycle_|command$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofOuterNpm.test(name)));
}
