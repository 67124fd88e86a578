import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Backups } from '../../../core/backup/index.ts';
import { defineEndpoint } from '../endpoint.ts';

const Query = z.object({
  keys: z.boolean().default(true).describe('Whether the keys that seal stored credentials are in it.'),
});

export const getBackupEndpoint = (backups: Backups) =>
  defineEndpoint({
    method: 'GET',
    path: '/backup',
    summary: 'Get a backup',
    description:
      'A tar file with everything that the server keeps, of all organizations, but the search index, which is built again ' +
      'after a restore. Only for the operator of the server’s machine; `./weft backup` asks for it. A file whose last ' +
      'entry is not `end.json` is cut off.',
    tags: ['backup'],
    access: 'operator',
    query: Query,
    // The database is written out before the first byte.
    timeoutMs: null,
    response: z.string(),
    produces: ['application/x-tar'],
    errors: [409, 503],
    audit: () => ({ action: 'export.made', objectType: 'backup', objectId: null }),
    handler: async ({ query, signal }) => {
      const content = await backups.open({ includeKeys: query.keys, signal });
      return new Response(Readable.toWeb(content) as ReadableStream, {
        headers: { 'Content-Type': 'application/x-tar', 'Cache-Control': 'no-store' },
      });
    },
  });
