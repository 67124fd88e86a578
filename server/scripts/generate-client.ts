/**
 * npm run generate-client
 *
 * Writes the types of the client, `client/src/schema.d.ts`, from the OpenAPI document. The generator is fetched into a folder
 * that is removed again: it needs a version of TypeScript other than ours.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clientSchemaFile, clientSchemaHeading } from './contract/client-schema.ts';
import { openApiDocument } from './contract/openapi-document.ts';

const run = promisify(execFile);
const generator = ['openapi-typescript@7.13.0', 'typescript@5.9.3'];

const directory = await mkdtemp(join(tmpdir(), 'weft-client-'));
try {
  await writeFile(join(directory, 'package.json'), '{}');
  await writeFile(join(directory, 'openapi.json'), JSON.stringify(openApiDocument()));
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...generator], { cwd: directory });
  const program = join(directory, 'node_modules', 'openapi-typescript', 'bin', 'cli.js');
  // What has a default may be left out of a request.
  const options = ['--default-non-nullable=false', '--output', 'schema.d.ts'];
  await run(process.execPath, [program, 'openapi.json', ...options], { cwd: directory });
  const types = await readFile(join(directory, 'schema.d.ts'), 'utf8');
  await writeFile(clientSchemaFile, `${clientSchemaHeading()}\n${types}`);
  process.stdout.write(`${clientSchemaFile}: ${types.split('\n').length} lines\n`);
} finally {
  await rm(directory, { recursive: true });
}
