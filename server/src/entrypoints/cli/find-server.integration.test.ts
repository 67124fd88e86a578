import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseCliEnvironment } from './environment.ts';
import { findServer } from './find-server.ts';

const url = 'http://127.0.0.1:8123';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-find-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function writeServer(pid = process.pid, text = JSON.stringify({ url, pid, started_at: '2026-01-01T00:00:00Z' })) {
  await writeFile(join(folder, 'server.json'), text);
  await writeFile(join(folder, 'operator-token'), 'secret\n');
}
const find = (option?: string, variables: Record<string, string> = {}) =>
  findServer({
    url: option,
    environment: parseCliEnvironment({ WEFT_DATA_DIR: folder, ...variables }),
    repositoryRoot: '/nowhere',
  });

it('finds the server of the data directory, with the operator’s token', async () => {
  await writeServer();
  expect(await find()).toEqual({ url, operatorToken: 'secret' });
});

it('prefers --url, then WEFT_URL, then PUBLIC_URL', async () => {
  const variables = { WEFT_URL: 'http://a.example/', PUBLIC_URL: 'https://b.example/weft/' };
  expect(await find('http://c.example', variables)).toMatchObject({ url: 'http://c.example' });
  expect(await find(undefined, variables)).toMatchObject({ url: 'http://a.example' });
  expect(await find(undefined, { ...variables, WEFT_URL: ' ' })).toMatchObject({ url: 'https://b.example/weft' });
});

it('gives the token to no other server', async () => {
  await writeServer();
  expect(await find('http://evil.example')).toMatchObject({ operatorToken: undefined });
  expect(await find('http://127.0.0.1:8124')).toMatchObject({ operatorToken: undefined });
  expect(await find(undefined, { WEFT_URL: 'https://evil.example' })).toMatchObject({ operatorToken: undefined });
  expect(await find(undefined, { PUBLIC_URL: 'http://weft.example' })).toMatchObject({ operatorToken: undefined });
  expect(await find(undefined, { PUBLIC_URL: 'https://weft.example' })).toMatchObject({ operatorToken: 'secret' });
  expect(await find(url)).toMatchObject({ operatorToken: 'secret' });
});

it('keeps the token when the server that wrote the file has ended', async () => {
  await writeServer(2 ** 22 + 1); // over the largest process id
  expect(await find()).toEqual({ url, operatorToken: undefined });
});

it('says npm start when no server has started, or its file is half written', async () => {
  await expect(find()).rejects.toMatchObject({ exitCode: 3, message: expect.stringContaining('npm start') });
  await writeServer(process.pid, '{"url": "http://127');
  await expect(find()).rejects.toMatchObject({ exitCode: 3 });
});

it.each(['8001', 'localhost:8001', 'ftp://x', 'http://'])('refuses the address %s as wrong usage', async (address) => {
  await expect(find(address)).rejects.toMatchObject({ exitCode: 2, code: 'invalid_url' });
});
