import { defineConfig } from 'vitest/config';
import usual from './vitest.config.ts';

/** Those that start, stop and kill whole servers, minutes of them: `npm run test:long`. */
export default defineConfig({
  ...usual,
  test: { ...usual.test, include: ['test/long/**/*.test.ts'], exclude: ['**/node_modules/**'] },
});
