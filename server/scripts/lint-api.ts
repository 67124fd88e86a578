/**
 * npm run lint-api
 *
 * Checks the OpenAPI document with a public linter, Redocly CLI, by the rules in `redocly.yaml`; a warning fails too.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from './contract/openapi-document.ts';

const linter = fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js'));
const rules = fileURLToPath(new URL('../../redocly.yaml', import.meta.url));

const directory = await mkdtemp(join(tmpdir(), 'weft-lint-'));
try {
  const document = join(directory, 'openapi.json');
  // With line breaks, so that what it complains of can be found.
  await writeFile(document, JSON.stringify(openApiDocument(), null, 2));
  const args = [linter, 'lint', document, '--config', rules, '--max-problems', '1000', '--format', 'stylish'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    // Neither sends anything nor asks for newer versions.
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  const hasWarnings = /\d+ warnings?/.test(stderr + stdout);
  process.stdout.write(`${stdout}${stderr}`);
  process.exitCode = hasWarnings ? 1 : (status ?? 1);
} finally {
  await rm(directory, { recursive: true });
}
