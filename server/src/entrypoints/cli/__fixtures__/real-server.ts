import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../main.ts', import.meta.url));

/**
 * Starts the real server with `weft serve` on a free port, and waits for its ready line.
 *
 * @returns a function that stops it and waits for its end
 * @throws  with what it printed, when it ends before it is ready
 */
export function startRealServer(variables: Readonly<Record<string, string>>): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [program, 'serve', '--port', '0'], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'warn', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return new Promise((resolve, reject) => {
    let printed = '';
    const read = (part: Buffer) => {
      printed = (printed + part.toString()).slice(-10_000);
      if (!printed.includes('Weft is ready at')) return;
      resolve(async () => {
        child.kill('SIGTERM');
        await ended;
      });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then(() => reject(new Error(`The server ended before it was ready:\n${printed}`)));
  });
}
