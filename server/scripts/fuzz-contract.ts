/**
 * npm run fuzz -- [--max-examples 20] [--phases coverage,fuzzing] [--round known] [--round any] [--seed 1] [--only OPERATION_ID …]
 *
 * Sends requests that schemathesis makes from the server's own OpenAPI document, right ones and wrong ones, and fails on an
 * internal error, a status or content type that the document does not name, and an answer that does not fit its schema.
 * The server is one of its own, with internal sources and some content. Needs Python 3.10 or later.
 *
 * On a quiet machine with two cores, 30 examples of 80 operations were 8,000 requests a round, in four and a half minutes.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fillServer, type KnownIds } from './contract/fill-server.ts';
import { notFuzzed } from './contract/not-fuzzed.ts';
import { exitCodeOf, installSchemathesis } from './contract/schemathesis.ts';
import { startThrowAwayServer, type ThrowAwayServer } from './throw-away-server.ts';

const { values } = parseArgs({
  options: {
    'max-examples': { type: 'string', default: '20' },
    phases: { type: 'string', default: 'examples,coverage,fuzzing,stateful' },
    round: { type: 'string', multiple: true, default: ['known', 'any'] },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
  },
});

const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];

const program = await installSchemathesis();
const directory = await mkdtemp(join(tmpdir(), 'weft-fuzz-'));
let server: ThrowAwayServer | undefined;
try {
  server = await startThrowAwayServer({ EMBEDDING_PROVIDER: 'none', ENABLE_INTERNAL_SOURCES: 'true' });
  const known = await fillServer(server.url);
  // Ids that are made up find nothing, so a first round asks for things that are there, and leaves them there.
  const knownFile = join(directory, 'known.toml');
  await writeFile(knownFile, toConfig(known));
  const outcomes: number[] = [];
  if (values.round.includes('known')) {
    outcomes.push(await run(server.url, ['--exclude-method', 'DELETE'], ['--config-file', knownFile]));
  }
  if (values.round.includes('any')) outcomes.push(await run(server.url, []));
  process.exitCode = outcomes.length > 0 && outcomes.every((code) => code === 0) ? 0 : 1;
} finally {
  await server?.stop();
  await rm(directory, { recursive: true });
}

function run(url: string, options: readonly string[], before: readonly string[] = []): Promise<number> {
  const chosen = values.only ?? [];
  return exitCodeOf(program, [
    ...before,
    'run',
    `${url}/openapi.json`,
    ...['--checks', checks.join(',')],
    ...['--max-examples', values['max-examples']],
    ...['--seed', values.seed],
    ...['--phases', values.phases],
    ...chosen.flatMap((id) => ['--include-operation-id', id]),
    ...Object.keys(notFuzzed).flatMap((id) => (chosen.includes(id) ? [] : ['--exclude-operation-id', id])),
    // More than one thread at a time breaks Python 3.11's parser, which its generators use.
    ...['--workers', '1', '--request-timeout', '30', '--continue-on-failure'],
    // Two cores, shared with the server: slow is not wrong.
    ...['--suppress-health-check', 'all', '--warnings', 'off', '--generation-database', 'none'],
    ...options,
  ]);
}

/** What schemathesis calls a configuration: here, the values of path parameters. */
function toConfig(known: KnownIds): string {
  return ['[parameters]', ...Object.entries(known).map(([name, id]) => `"path.${name}" = "${id}"`), ''].join('\n');
}
