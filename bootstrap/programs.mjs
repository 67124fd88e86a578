import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/**
 * @typedef {object} Step one process
 * @property {string} [heading] printed before it, when a program has several steps
 * @property {string[]} args what Node is given: a script and its arguments
 *
 * @typedef {object} Program
 * @property {'production' | 'full'} packages what must be installed; full adds what only developers need
 * @property {boolean} usesCallersFolder whether its arguments may be paths relative to where the person typed them
 * @property {(args: string[]) => Step[]} steps run in this order; the first that fails ends the program
 */

const module = (...path) => join(root, 'node_modules', ...path);
const source = (...path) => join(root, 'server', ...path);
const script = (name) => ({
  packages: 'production',
  usesCallersFolder: true,
  steps: (args) => [{ args: [source('scripts', `${name}.ts`), ...args] }],
});
const vitest = (...args) => [module('vitest', 'vitest.mjs'), 'run', '--root', 'server', ...args];

/** Architecture tests are ordinary tests; `check` runs just these, `test` runs them with all others. */
const architectureTests = 'architecture';

/** @type {Record<string, Program>} */
export const programs = {
  serve: {
    packages: 'production',
    usesCallersFolder: false,
    steps: (args) => [{ args: [source('src', 'main.ts'), 'serve', ...args] }],
  },
  weft: {
    packages: 'production',
    usesCallersFolder: true,
    steps: (args) => [{ args: [source('src', 'entrypoints', 'cli', 'main.ts'), ...args] }],
  },
  test: { packages: 'full', usesCallersFolder: false, steps: (args) => [{ args: vitest(...args) }] },
  'test:long': {
    packages: 'full',
    usesCallersFolder: false,
    steps: (args) => [{ args: vitest('--config', source('vitest.long.config.ts'), ...args) }],
  },
  check: {
    packages: 'full',
    usesCallersFolder: false,
    steps: () => [
      { heading: 'Format and lint', args: [module('@biomejs', 'biome', 'bin', 'biome'), 'check', '.'] },
      { heading: 'Types', args: [module('typescript', 'bin', 'tsc'), '-p', '.'] },
      { heading: 'Unused files, exports and dependencies', args: [module('knip', 'bin', 'knip.js')] },
      { heading: 'Architecture', args: vitest(architectureTests) },
    ],
  },
  eval: script('eval'),
  bench: script('bench'),
  chaos: script('chaos'),
  'leak-test': script('leak-test'),
  contract: { ...script('contract-table'), packages: 'full' },
  fuzz: script('fuzz-contract'),
  'lint-api': { ...script('lint-api'), packages: 'full' },
  'generate-client': script('generate-client'),
};

/**
 * The folder a program runs in. npm moves to the repository's folder and leaves the caller's in INIT_CWD; that is
 * believed only from the very npm that started us, since programs started by programs inherit the variable.
 */
export function workingFolder(name, program, env = process.env) {
  if (!program.usesCallersFolder) return root;
  const here = process.cwd();
  const isStartedByNpm = env.npm_lifecycle_event === name && here === root;
  return isStartedByNpm && env.INIT_CWD !== undefined && existsSync(env.INIT_CWD) ? env.INIT_CWD : here;
}
