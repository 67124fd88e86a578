import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/**
 * From 1.29 or 1.30 on, ONNX Runtime reports its use to its maker on Linux and leaves a log file per process in the temporary
 * folder. Weft talks to nobody it was not told to: an upgrade has to bring a build without that.
 */
test('the model runtime has no address to report to', () => {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  const bin = join(dirname(dirname(entry)), 'bin');
  const libraries = readdirSync(bin, { recursive: true, encoding: 'utf8' })
    .map((name) => join(bin, name))
    .filter((path) => statSync(path).isFile() && path.includes(process.platform));
  expect(libraries.length).toBeGreaterThan(0);
  for (const path of libraries) expect(readFileSync(path).includes('OneCollector'), path).toBe(false);
});
