import { z } from 'zod';
import { type FileDependencies, type FoundFile, findFiles, readFileText } from '../../../core/documents/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { EntityId } from './file-input.ts';
import { createFileNames, downloadHeaders } from './file-name.ts';
import { streamZip, type ZipEntry } from './stream-zip.ts';

export const downloadFilesEndpoint = (deps: FileDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/files/batch-download',
    summary: "Download several documents' texts",
    description: 'A ZIP archive of Markdown files. What is not found is listed in its file `not-found.txt`.',
    tags: ['files'],
    access: { scope: 'read' },
    body: z.array(EntityId).min(1).max(100),
    response: z.string(),
    produces: ['application/zip'],
    timeoutMs: null,
    errors: [404],
    handler: async ({ body, caller, signal }) => {
      const found = await findFiles(deps, caller, body);
      if (found.size === 0) throw new AppError('not_found', 'None of the files was found');
      const files = new Map([...found.values()].map((file) => [file.id, file]));
      const missing = [...new Set(body)].filter((id) => !found.has(id));
      const entries = listEntries([...files.values()], missing, (file) => readFileText(deps, caller, file));
      return new Response(streamZip(entries, signal), { headers: downloadHeaders('files.zip', 'application/zip') });
    },
  });

/** One text at a time is in memory. */
async function* listEntries(
  files: readonly FoundFile[],
  missing: readonly string[],
  read: (file: FoundFile) => Promise<string>,
): AsyncGenerator<ZipEntry> {
  const nameOf = createFileNames();
  for (const file of files) yield { name: nameOf(file.name), text: await read(file) };
  if (missing.length > 0) yield { name: 'not-found.txt', text: `${missing.join('\n')}\n` };
}
