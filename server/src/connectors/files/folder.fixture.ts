import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { collect } from '../../connector-kit/collect.fixture.ts';
import type { Page, ReadContext } from '../../connector-kit/index.ts';
import { type FilesConfig, filesConfig } from './files-config.ts';
import { readFolder } from './read-folder.ts';

/** A folder with these files, removed after the test. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weft-files-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) write(join(folder, path), content);
  return folder;
}

export function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

export type ReadOptions = Partial<FilesConfig> &
  Partial<Pick<ReadContext, 'checkpoint' | 'policy' | 'selection' | 'signal' | 'wasIndexed'>>;

export async function* readPages(path: string, options: ReadOptions = {}): AsyncGenerator<Page> {
  const { include, exclude, watch, policy, signal, ...context } = options;
  yield* readFolder({
    config: filesConfig.parse({ path, include, exclude, watch }),
    credentials: {},
    policy: policy ?? { forbiddenRoots: [] },
    signal: signal ?? new AbortController().signal,
    ...context,
  });
}

/** Ids of everything a run gives, in order. */
export async function readIds(path: string, options: ReadOptions = {}): Promise<string[]> {
  const pages = await collect(readPages(path, options));
  return pages.flatMap((page) => page.entities.map((entity) => entity.id));
}
