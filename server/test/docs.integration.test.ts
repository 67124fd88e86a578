import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startThrowAwayServer, type ThrowAwayServer } from '../scripts/throw-away-server.ts';
import { readGuides, repository, snippetsOf } from './documents.ts';

/*
 * Runs the examples of README.md and docs/*.md against a server of their own, in the order of their page. CONTRIBUTING.md
 * says what the marks of a block mean.
 */

const guides = await readGuides();
const program = join(repository, 'server/src/entrypoints/cli/main.ts');
const address = 'http://127.0.0.1:8001';

let server: ThrowAwayServer;
/** Where the examples run, and their home: with `./weft` and a folder `Documents`. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-docs-'));
  await writeFile(join(folder, 'weft'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  await chmod(join(folder, 'weft'), 0o755);
  await mkdir(join(folder, 'Documents/drafts'), { recursive: true });
  await writeFile(
    join(folder, 'Documents/handbook.md'),
    '# Handbook\n\nThe lease of the office ends in June. Ask the caretaker for a key.\n',
  );
  await writeFile(join(folder, 'Documents/notes.txt'), 'Order paper for the printer on the second floor.\n');
  await writeFile(join(folder, 'Documents/drafts/plan.md'), 'A plan that is not finished.\n');
  server = await startThrowAwayServer();
  await untilSampleIsIndexed();
}, 180_000);

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function untilSampleIsIndexed(): Promise<void> {
  const list = async (state: string): Promise<readonly unknown[]> => {
    const answer = await fetch(`${server.url}/collections/getting-started/documents?limit=1000&state=${state}`);
    return answer.ok ? ((await answer.json()) as unknown[]) : [];
  };
  await vi.waitUntil(
    async () => (await list('indexed')).length > guides.length && (await list('pending')).length === 0,
    { timeout: 120_000, interval: 500 },
  );
}

interface Ending {
  readonly code: number | null;
  readonly output: string;
}

/** A failing command ends the example, and a refused request fails curl. */
const prelude = 'curl() { command curl --silent --show-error --fail-with-body "$@"; }\n';

function run(script: string): Promise<Ending> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', prelude + script.replaceAll(address, server.url)], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, WEFT_DATA_DIR: server.dataDirectory, WEFT_API_KEY: 'unused-here' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const read = (part: Buffer) => {
      output += part.toString();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** A body, by what is in it: a push or a search. */
async function send(body: string): Promise<{ readonly status: number; readonly text: string }> {
  const value: unknown = JSON.parse(body);
  const isPush = typeof value === 'object' && value !== null && 'documents' in value;
  const path = isPush ? 'documents?wait=true' : 'search/instant';
  const answer = await fetch(`${server.url}/collections/getting-started/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return { status: answer.status, text: await answer.text() };
}

for (const guide of guides) {
  const snippets = snippetsOf(guide).filter(({ language }) => ['bash', 'json'].includes(language));
  if (snippets.length === 0) continue;
  describe(guide.path, () => {
    it.each(snippets)(
      'line $line works',
      async ({ language, code }) => {
        if (language === 'json') {
          const { status, text } = await send(code);
          expect(status, text).toBe(200);
        } else {
          const { code: status, output } = await run(code);
          expect(status, output).toBe(0);
        }
      },
      120_000,
    );
  });
}

describe('the sample collection', () => {
  it('answers the first question that people are told to ask with the command', async () => {
    const { text } = await send(JSON.stringify({ query: 'how do I connect a folder', limit: 1 }));
    const { results } = JSON.parse(text) as { readonly results: readonly Record<string, unknown>[] };
    expect(results[0]).toMatchObject({
      name: 'Connect a folder',
      textual_representation: expect.stringContaining('./weft connect ~/Documents'),
    });
  });

  it.each([
    ['send my own documents over HTTP', 'Push documents'],
    ['which operators can a filter have', 'Search'],
    ['how do I make an API key', 'Authentication'],
    ['how do I make a backup', 'Backup and restore'],
  ])('answers "%s" from the page %j', async (query, name) => {
    const { text } = await send(JSON.stringify({ query, limit: 3 }));
    const { results } = JSON.parse(text) as { readonly results: readonly { readonly name: string }[] };
    expect(results.map((result) => result.name)).toContain(name);
  });
});
