import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { repository, snippetsOf } from './documents.ts';

/* The connector of docs/write-a-connector.md and its test, as they stand there. */

const path = 'docs/write-a-connector.md';
const text = await readFile(join(repository, path), 'utf8');
const [source = '', test = ''] = snippetsOf({ path, text })
  .filter(({ language }) => language === 'ts')
  .map(({ code }) => code);

const folder = await mkdtemp(join(tmpdir(), 'weft-connector-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const connectors = join(repository, 'server/src/connectors/');
// The folder is not in the repository, so what the example imports is named by its place.
await writeFile(
  join(folder, 'readwise.ts'),
  source
    .replace("'../connector-kit/index.ts'", JSON.stringify(join(repository, 'server/src/connector-kit/index.ts')))
    .replace("'zod'", JSON.stringify(import.meta.resolve('zod'))),
);
await writeFile(join(folder, 'readwise.integration.test.ts'), test.replace("'./testing/", `'${connectors}testing/`));
// Its tests become tests of this file.
await import(pathToFileURL(join(folder, 'readwise.integration.test.ts')).href);

it('the guide has a connector and a test, and nothing else in TypeScript', () => {
  expect(source).toContain('defineHttpConnector({');
  expect(test).toContain('describeHttpConnector({');
});
