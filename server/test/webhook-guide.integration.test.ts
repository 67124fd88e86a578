import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureHeaders } from '../src/core/webhooks/sign-message.ts';
import { generateSecret } from '../src/core/webhooks/webhook-secret.ts';
import { readPages, snippetsOf } from './documents.ts';

const run = promisify(execFile);
const body = '{"event_type":"sync.completed","name":"Émile 🚀"}';
const hasPython = spawnSync('python3', ['--version']).status === 0;

/** Asks the guide's own code, and prints what it thinks of a request read from the arguments. */
const programs = {
  ts: `const [secret = '', headers = '{}', body = ''] = process.argv.slice(2);
console.log(isFromWeft(secret, new Headers(JSON.parse(headers)), body));`,
  python: `import json, sys
print(str(is_from_weft(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3].encode())).lower())`,
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weft-guide-'));
  const pages = await readPages(['docs/webhooks.md']);
  for (const language of ['ts', 'python'] as const) {
    const snippet = pages.flatMap(snippetsOf).find((candidate) => candidate.language === language);
    await writeFile(join(directory, `receive.${language}`), `${snippet?.code}\n${programs[language]}\n`);
  }
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe.each(['ts', 'python'] as const)("the guide's receiver in %s", (language) => {
  const command = language === 'ts' ? process.execPath : 'python3';
  const judge = async (secret: string, headers: object, text: string) => {
    const { stdout } = await run(command, [
      join(directory, `receive.${language}`),
      secret,
      JSON.stringify(headers),
      text,
    ]);
    return stdout.trim();
  };

  it.skipIf(language === 'python' && !hasPython)('takes what is ours, and nothing else', async () => {
    const secret = generateSecret();
    const now = { id: 'msg_1', at: new Date(), body };
    const headers = signatureHeaders([secret], now);
    expect(await judge(secret, headers, body)).toBe('true');
    expect(await judge(secret, signatureHeaders([generateSecret(), secret], now), body)).toBe('true');
    expect(await judge(secret, headers, `${body} `)).toBe('false');
    expect(await judge(generateSecret(), headers, body)).toBe('false');
    expect(await judge(secret, { ...headers, 'webhook-id': 'msg_2' }, body)).toBe('false');
    const old = signatureHeaders([secret], { ...now, at: new Date(Date.now() - 3_600_000) });
    expect(await judge(secret, old, body)).toBe('false');
  });
});
