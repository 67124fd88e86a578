import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts'],
    // See vitest.long.config.ts.
    exclude: ['**/node_modules/**', 'test/long/**'],
    globalSetup: ['test/global-setup.ts'],
    pool: 'forks',
    // Two cores, and files that start processes of their own.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
