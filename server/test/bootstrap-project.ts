import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** A folder with the real bootstrap and a made-up Weft, whose programs are short scripts and which has few packages or none. */
export interface BootstrapProject {
  readonly folder: string;
  path(...parts: string[]): string;
  write(file: string, content: string): void;
  /** Sets the dependencies that package.json and the lock file ask for. */
  require(dependencies: Readonly<Record<string, string>>): void;
  /** Puts the running Node 24 where a downloaded one would be. */
  seedNode(): void;
  start(args: readonly string[], options?: StartOptions): RunningBootstrap;
  remove(): void;
}

export interface StartOptions {
  readonly node?: string;
  readonly command?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface RunningBootstrap {
  readonly child: ChildProcess;
  readonly ended: Promise<BootstrapEnd>;
  /** Resolves when standard output or standard error contains the text. */
  printed(text: string): Promise<void>;
}

export interface BootstrapEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function createBootstrapProject(): BootstrapProject {
  const folder = mkdtempSync(path.join(tmpdir(), 'weft-bootstrap-'));
  const inFolder = (...parts: string[]) => path.join(folder, ...parts);
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(inFolder(file)), { recursive: true });
    writeFileSync(inFolder(file), content);
  };
  cpSync(path.join(repository, 'bootstrap'), inFolder('bootstrap'), { recursive: true });
  cpSync(path.join(repository, 'weft'), inFolder('weft'));
  const require = (dependencies: Readonly<Record<string, string>>) => {
    const base = { name: 'made-up', private: true, type: 'module', dependencies };
    write('package.json', JSON.stringify(base));
    const packages = { '': { name: 'made-up', dependencies } };
    write('package-lock.json', JSON.stringify({ name: 'made-up', lockfileVersion: 3, requires: true, packages }));
  };
  require({});
  return {
    folder,
    path: inFolder,
    write,
    require,
    seedNode() {
      const source = inFolder('bootstrap', 'runtime.mjs');
      const ask = `import(process.argv[1]).then((m) => process.stdout.write(m.toolPackageFolder(m.runtimePackage)))`;
      const target = path.join(
        execFileSync(process.execPath, ['-e', ask, source], { encoding: 'utf8' }),
        'bin',
        'node',
      );
      mkdirSync(path.dirname(target), { recursive: true });
      symlinkSync(process.execPath, target);
    },
    start(args, options = {}) {
      const [command, ...first] =
        options.command === undefined
          ? [options.node ?? process.execPath, inFolder('bootstrap', 'main.mjs')]
          : [options.command];
      const child = spawn(command, [...first, ...args], {
        cwd: options.cwd ?? folder,
        env: { ...withoutNpm(process.env), npm_config_cache: inFolder('npm-cache'), ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return follow(child);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function follow(child: ChildProcess): RunningBootstrap {
  const text = { stdout: '', stderr: '' };
  const checks = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (part: string) => {
      text[name] += part;
      for (const check of checks) check();
    });
  }
  const ended = new Promise<BootstrapEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...text }));
  });
  const printed = (wanted: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (`${text.stdout}\n${text.stderr}`.includes(wanted)) resolve();
      };
      checks.add(check);
      check();
      void ended.then((end) => reject(new Error(`ended without "${wanted}": ${JSON.stringify(end)}`)), reject);
    });
  return { child, ended, printed };
}

/** What the npm that started the tests says would otherwise be taken for settings by the one in the test. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name)));
}

/** A Node older than 24 on the PATH, which the bootstrap must also work with; undefined where there is none. */
export function findOlderNode(): string | undefined {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'node'))
    .find((file) => existsSync(file) && Number(/\d+/.exec(execFileSync(file, ['-v'], { encoding: 'utf8' }))?.[0]) < 24);
}
