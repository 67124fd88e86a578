/**
 * npm run leak-test -- [--queries 100000] [--seed 1] [--collections 3] [--documents 40]
 *                      [--minutes M] [--json]
 *
 * Asks a server of its own, over HTTP, as people, groups and keys of two organisations, in every tier, tool and list, and
 * compares each answer with what the rules of access alone say. See `test/leak/run-leak-test.ts`.
 */
import { parseArgs } from 'node:util';
import { migrateDatabase } from '../src/adapters/postgres/migrate.ts';
import { silentLogger } from '../src/core/shared/index.ts';
import { runLeakTest } from '../test/leak/run-leak-test.ts';
import { startTestServer } from '../test/test-server.ts';

const { values } = parseArgs({
  options: {
    queries: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    collections: { type: 'string', default: '3' },
    documents: { type: 'string', default: '40' },
    minutes: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

/** Interrupted, it tells what it has seen so far. */
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());

const databaseName = 'weft_leak_test';
const server = await startTestServer();
try {
  await server.createDatabase(databaseName);
  const connection = { connectionString: server.urlOf(databaseName) };
  await migrateDatabase(connection, { logger: silentLogger });
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(0);
  const report = await runLeakTest({
    connection,
    queries: Number(values.queries),
    seed: Number(values.seed),
    collections: Number(values.collections),
    documentsPerConnection: Number(values.documents),
    signal: interrupted.signal,
    ...(values.minutes === undefined ? {} : { maxMinutes: Number(values.minutes) }),
    onProgress: (done) => {
      if (done % 5000 === 0) process.stderr.write(`${done} queries, ${seconds()} s\n`);
    },
  });
  const isClean = report.leaks === 0 && report.missing === 0 && report.failures === 0;
  process.stdout.write(
    values.json
      ? `${JSON.stringify(report)}\n`
      : `${JSON.stringify(report, null, 2)}\n${seconds()} s. ${isClean ? 'No leak, nothing missing.' : 'WRONG ANSWERS.'}\n`,
  );
  process.exitCode = isClean ? 0 : 1;
} finally {
  await server.stop([databaseName]);
}
