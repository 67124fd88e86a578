/**
 * npm run contract -- PATH_TO_REFERENCE
 *
 * Compares the server with the contract in a folder (`operations.txt`, `openapi.airweave.json`), prints a line per operation
 * (is it served, with and without a trailing slash; can a client of theirs read its answers) and fails when one is not, unless
 * `deliberate-differences.ts` gives the reason.
 */
import { parseArgs } from 'node:util';
import { checkOperation, type OperationReport } from './contract/check-operation.ts';
import { fillServer } from './contract/fill-server.ts';
import { type OpenApi, operationsOf } from './contract/open-api.ts';
import { readReference } from './contract/reference.ts';
import { createAnswerValidator } from './contract/validate-answer.ts';
import { startThrowAwayServer } from './throw-away-server.ts';

const [directory] = parseArgs({ allowPositionals: true }).positionals;
if (directory === undefined) {
  process.stderr.write('Usage: npm run contract -- FOLDER, with operations.txt and openapi.airweave.json in it\n');
  process.exit(2);
}

const reference = await readReference(directory);
const server = await startThrowAwayServer({ EMBEDDING_PROVIDER: 'none', ENABLE_INTERNAL_SOURCES: 'true' });
try {
  const known = await fillServer(server.url);
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as OpenApi;
  const ours = operationsOf(document);
  const validateAnswer = createAnswerValidator(reference.document);
  const reports: OperationReport[] = [];
  for (const [key, theirs] of [...reference.operations].toSorted(([a], [b]) => (pathOf(a) < pathOf(b) ? -1 : 1))) {
    const own = ours.get(key);
    const context = { url: server.url, known, reference: reference.document, document, validateAnswer };
    const report = await checkOperation(key, theirs, own, context);
    reports.push(report);
    process.stdout.write(toLine(report));
  }
  const wrong = reports.filter(({ problems }) => problems.length > 0);
  const deliberate = reports.filter(({ reasons }) => reasons.length > 0);
  process.stdout.write(
    `\n${reports.length} operations of the contract, ${ours.size} of ours; ${deliberate.length} with deliberate differences.\n` +
      `${reports.length - wrong.length} passed, ${wrong.length} failed\n`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await server.stop();
}

function pathOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}

function toLine({ key, path, isServed, bothForms, answer, problems, reasons }: OperationReport): string {
  const [method = ''] = key.split(' ');
  const columns = [
    method.padEnd(6),
    path.padEnd(62),
    isServed ? 'served ' : 'MISSING',
    bothForms ? 'with / ' : 'NO  /  ',
    answer,
  ];
  return [
    columns.join('  '),
    ...problems.map((text) => `        ! ${text}`),
    ...reasons.map((text) => `        = ${text}`),
    '',
  ].join('\n');
}
