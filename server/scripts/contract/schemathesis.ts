import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Raised by hand, since a new version may find what the present one does not. */
const version = '4.32.5';

/** Beside what the bootstrap keeps, so that deleting `node_modules` deletes it too. */
const home = fileURLToPath(new URL(`../../../node_modules/.weft/schemathesis-${version}`, import.meta.url));

/**
 * Installs schemathesis from PyPI into a virtual environment of its own, unless it is there.
 *
 * @returns the program's path
 * @throws Error when Python 3.10 or later with `venv` is missing, or the package cannot be had
 */
export async function installSchemathesis(): Promise<string> {
  const program = join(home, 'bin', 'schemathesis');
  if (existsSync(program)) return program;
  await mkdir(home, { recursive: true });
  await runProgram('python3', ['-m', 'venv', home]);
  await runProgram(join(home, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${version}`]);
  return program;
}

/** Runs a program with this one's outputs. @throws Error when it cannot be started or its exit code is not 0 */
async function runProgram(program: string, args: readonly string[]): Promise<void> {
  const exitCode = await exitCodeOf(program, args);
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')} ended with the code ${exitCode}`);
}

/** @returns the program's exit code; 1 when a signal ended it */
export async function exitCodeOf(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}
