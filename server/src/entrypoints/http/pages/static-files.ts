import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { contentTypeOf } from './page-response.ts';

export interface StaticFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

/**
 * Reads a folder into memory by relative path with forward slashes. What is served is looked up in this map and nowhere else,
 * so no path of a request ever reaches the file system. A folder that is not there is empty.
 */
export async function readStaticFiles(directory: string): Promise<ReadonlyMap<string, StaticFile>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return new Map(
    await Promise.all(
      files.map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        const name = path.relative(directory, file).split(path.sep).join('/');
        const contentType = contentTypeOf(path.extname(name).toLowerCase());
        return [name, { body: new Uint8Array(await readFile(file)), contentType }] as const;
      }),
    ),
  );
}
