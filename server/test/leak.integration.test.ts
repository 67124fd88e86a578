import { expect, test } from 'vitest';
import { runLeakTest } from './leak/run-leak-test.ts';
import { createTestDatabase } from './test-database.ts';

/** `npm run leak-test` asks more. */
const queries = Number(process.env.LEAK_QUERIES ?? 2000);

test('nobody is shown what they may not see, nor kept from what they may', async () => {
  const database = await createTestDatabase();
  try {
    const seed = Date.now() % 1_000_000;
    const report = await runLeakTest({ connection: database.connection, queries, seed, documentsPerConnection: 20 });
    expect(report, `seed ${seed}`).toMatchObject({ queries, leaks: 0, missing: 0, failures: 0, examples: [] });
    expect(report.resultsChecked).toBeGreaterThan(queries);
    expect(report.completeAnswersChecked).toBeGreaterThan(queries / 10);
  } finally {
    await database.drop();
  }
}, 600_000);
