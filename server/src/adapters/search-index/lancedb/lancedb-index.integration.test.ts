import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { silentLogger } from '../../../core/shared/index.ts';
import { describeSearchIndex } from '../search-index.conformance.ts';
import { openLanceDbIndex } from './lancedb-index.ts';

const directories: string[] = [];
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'weft-index-'));
  directories.push(directory);
  return directory;
}

// The same where other processes may use the directory; here the lock has nobody to wait for.
describeSearchIndex('LanceDB, shared', async () =>
  openLanceDbIndex({ directory: await newDirectory(), logger: silentLogger, lock: (_, work) => work() }),
);

describeSearchIndex('LanceDB', async () => openLanceDbIndex({ directory: await newDirectory(), logger: silentLogger }));
