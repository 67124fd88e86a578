import { delimiter, dirname } from 'node:path';
import { installedPackages } from './fingerprint.mjs';
import { programs, workingFolder } from './programs.mjs';
import { endLike, runChild } from './run-child.mjs';
import { findNode, isRunningOnNeededNode } from './runtime.mjs';

/**
 * Installs what is missing, then runs one of Weft's programs under Node 24 and ends as it ends.
 *
 *   name ─▶ stamp fits and Node 24 there? ──yes──▶ run
 *                     └──no──▶ install (one at a time) ─▶ run
 *
 * Standard output belongs to the program; everything of ours goes to standard error.
 *
 * @param {string[]} argv the program's name, then its own arguments
 */
export async function main([name, ...args]) {
  const program = Object.hasOwn(programs, name ?? '') ? programs[name] : undefined;
  if (program === undefined) {
    process.stderr.write(`Usage: node bootstrap/main.mjs ${Object.keys(programs).join(' | ')} [arguments]\n`);
    process.exitCode = 2;
    return;
  }
  if (!isReady(program.packages)) {
    // Loaded only now: a later start should not even read the installer.
    const { install } = await import('./install.mjs');
    if (!(await install(program.packages, () => isReady(program.packages)))) return;
  }
  await run(name, program, args);
}

function isReady(packages) {
  const installed = installedPackages();
  return (installed === 'full' || installed === packages) && findNode() !== undefined;
}

async function run(name, program, args) {
  const node = findNode();
  const steps = program.steps(args);
  for (const step of steps) {
    if (step.heading !== undefined) process.stderr.write(`\n── ${step.heading}\n`);
    const end = await runChild(node, [...nodeFlags, ...step.args], {
      cwd: workingFolder(name, program),
      env: { ...allocatorSettings, ...(isRunningOnNeededNode() ? process.env : withFirstOnPath(dirname(node))) },
    });
    if (end.code !== 0) {
      if (step.heading !== undefined) process.stderr.write(`\n── ${step.heading}: failed\n`);
      endLike(end);
      return;
    }
  }
}

/**
 * Early releases of Node 24 call running TypeScript experimental at every start. And by itself a busy server lets what it has
 * just made grow to 130 MB before it is cleaned up: 48 here.
 */
const nodeFlags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=16'];

/**
 * Of the C library on Linux, which reads them only when a process starts; elsewhere they mean nothing. The search index works
 * with some hundred threads, and by default up to eight areas of memory a core keep what each of them once needed: ten syncs at
 * a time then take 1.2 GB instead of 0.8.
 */
const allocatorSettings = { MALLOC_ARENA_MAX: '2' };

/** So that `node` means Node 24 to the programs that our program starts. */
function withFirstOnPath(folder) {
  // Windows spells the variable in several ways; two spellings in one environment would hide each other.
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...process.env, [key]: [folder, process.env[key]].filter(Boolean).join(delimiter) };
}
