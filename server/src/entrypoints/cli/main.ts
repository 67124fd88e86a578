import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { exitCodes } from './command-error.ts';
import { parseCliEnvironment } from './environment.ts';
import { runCli } from './program.ts';
import type { CliContext } from './session.ts';
import { createTerminal } from './terminal.ts';

// `weft search … | head -1` closes the pipe early: that is the reader's right, and no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failure);
  });
}

const environment = parseCliEnvironment(process.env);
const repositoryRoot = fileURLToPath(new URL('../../../../', import.meta.url));

const context: CliContext = {
  terminal: createTerminal(process.stdout, process.stderr),
  environment,
  workingDirectory: process.cwd(),
  repositoryRoot,
  version: readVersion(),
  now: () => new Date(),
  setExitCode(code) {
    process.exitCode = code;
  },
  onInterrupt(listener) {
    process.on('SIGINT', listener);
    return () => void process.off('SIGINT', listener);
  },
  async ask(question) {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await lines.question(question);
    } finally {
      lines.close();
    }
  },
};

await runCli(process.argv.slice(2), context);

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'));
  return z.object({ version: z.string().default('0.0.0') }).parse(manifest).version;
}
