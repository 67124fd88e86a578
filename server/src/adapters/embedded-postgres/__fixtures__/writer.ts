import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface WriterOptions {
  /** Default `write-rows.ts`. */
  readonly script?: string;
  /** What to run the script with; default Node. */
  readonly command?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** A process that runs one of these scripts, and what it has said. */
export class Writer {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly ended: Promise<unknown>;

  constructor(directory: string, options: WriterOptions = {}) {
    const [program = process.execPath, ...before] = options.command ?? [process.execPath];
    const script = fileURLToPath(new URL(options.script ?? 'write-rows.ts', import.meta.url));
    this.child = spawn(program, [...before, script, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...options.env },
    });
    const { stdout } = this.child;
    if (stdout === null) throw new Error('no output');
    const reading = once(createInterface(stdout).on('line', (line) => this.lines.push(line)), 'close');
    this.ended = Promise.all([once(this.child, 'exit'), reading]);
  }

  /** Waits for a line, until the process ends. */
  async says(pattern: RegExp): Promise<RegExpExecArray | undefined> {
    let isOver = false;
    void this.ended.then(() => {
      isOver = true;
    });
    for (;;) {
      for (const line of this.lines) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      if (isOver) return undefined;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** The greatest number whose commit was acknowledged; 0 when there is none. */
  get lastKept(): number {
    return Number(this.lines.findLast((line) => line.startsWith('kept '))?.slice(5) ?? 0);
  }
}
