import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startRealServer } from './__fixtures__/real-server.ts';

const program = fileURLToPath(new URL('main.ts', import.meta.url));
const guide = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');
const snippets = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, snippet]) => snippet ?? '');

/** Reading documents is background work: a machine that is busy with other tests takes its time over it. */
const patienceMs = 180_000;

/** A folder as the guide assumes it, with `./weft` and `./docs`, and the real server beside it. */
let folder: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-guide-'));
  await writeFile(join(folder, 'weft'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  await chmod(join(folder, 'weft'), 0o755);
  await mkdir(join(folder, 'docs/drafts'), { recursive: true });
  await writeFile(
    join(folder, 'docs/harbour.md'),
    '# Harbour\n\nThe keeper paints the lantern room every ninth spring.\n',
  );
  await writeFile(join(folder, 'docs/bread.txt'), 'A sourdough from Matera rests eleven hours.\n');
  await writeFile(join(folder, 'docs/drafts/idea.md'), 'An unfinished idea about kites.\n');
  await writeFile(join(folder, 'docs/broken.pdf'), 'this is not a pdf');
  // With authentication on, so that everything here goes through the operator's token or a key.
  stop = await startRealServer({ WEFT_DATA_DIR: join(folder, 'data'), AUTH_ENABLED: 'true', FILES_ROOTS: folder });
  await vi.waitUntil(async () => (await countSampleDocuments()) > 0, { timeout: patienceMs, interval: 1000 });
}, patienceMs);
afterAll(async () => {
  await stop?.();
  await rm(folder, { recursive: true, force: true });
});

interface Ending {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function countSampleDocuments(): Promise<number> {
  const { out } = await sh('./weft documents --collection getting-started --state indexed --json');
  return (JSON.parse(out) as readonly unknown[]).length;
}

function sh(script: string, variables: Record<string, string> = {}) {
  return new Promise<Ending>((resolve) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, WEFT_DATA_DIR: join(folder, 'data'), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (part) => {
      out += part;
    });
    child.stderr.on('data', (part) => {
      err += part;
    });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

describe('the guide', () => {
  it.each(snippets)(
    'holds a snippet that works:\n%s',
    async (snippet) => {
      expect(await sh(snippet)).toMatchObject({ code: 0 });
    },
    patienceMs,
  );
});

describe('after the guide’s commands', () => {
  it('finds what was connected, and names it', async () => {
    const { code, out } = await sh('./weft search -c handbook how often is the lantern room painted');
    expect(code).toBe(0);
    expect(out).toMatch(/^ 1 {2}harbour\.md .*\n.*harbour\.md.*\n.*every ninth spring/);
  });

  it('reads only what --include and --exclude allow', async () => {
    const { out } = await sh('./weft documents -c handbook-markdown --json');
    const names = (JSON.parse(out) as { readonly name: string }[]).map(({ name }) => name);
    expect(names).toEqual(['harbour.md']);
  });

  it('says which document could not be read, and why', async () => {
    const { out } = await sh('./weft documents -c handbook --state failed');
    expect(out).toMatch(/failed +broken\.pdf/);
    expect(out.trim().split('\n')).toHaveLength(2);
  });

  it('connected the folder once', async () => {
    const { out } = await sh('./weft status --json');
    const state = JSON.parse(out) as {
      readonly collections: { readonly readable_id: string; readonly documents: number }[];
    };
    expect(state.collections.find(({ readable_id: id }) => id === 'handbook')?.documents).toBe(3);
  });

  it('lets a key do what it may, and nothing else', async () => {
    const { out } = await sh('./weft keys create --scopes search --collections handbook');
    const key = { WEFT_API_KEY: out.trim() };
    expect((await sh('./weft search -c handbook lantern', key)).code).toBe(0);
    expect((await sh('./weft search -c getting-started lantern', key)).code).toBeGreaterThanOrEqual(4);
    expect((await sh('./weft collections create "Another one"', key)).code).toBe(4);
    expect((await sh('./weft search -c handbook lantern --api-key nonsense')).code).toBe(4);
  });

  it('asks for a key where the operator’s token is out of reach', async () => {
    const { out } = await sh('./weft status --json');
    const { url } = JSON.parse(out) as { readonly url: string };
    const { code, err } = await sh(`./weft search -c handbook lantern --url ${url}`, {
      WEFT_DATA_DIR: join(folder, 'none'),
    });
    expect(code).toBe(4);
    expect(err).toContain('./weft keys create');
  });

  it('says what is wrong with a name, a folder and a collection', async () => {
    expect(await sh('./weft collections create abc')).toMatchObject({ code: 1, err: expect.stringContaining('name') });
    expect((await sh('./weft connect ./docs/harbour.md')).code).toBe(5);
    expect((await sh('./weft search -c nowhere x')).code).toBe(5);
    expect((await sh('./weft connect /etc -c handbook')).code).not.toBe(0);
  });

  it('ends quietly when the reader of its output has enough', async () => {
    expect(await sh('set +o pipefail; ./weft collections list --json | head -1')).toMatchObject({ code: 0, err: '' });
  });
});
