import { Readable } from 'node:stream';
import { z } from 'zod';
import { openRawRecord, type PushDependencies } from '../../../core/documents/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DocumentParams } from './get-document.ts';

export const getRawRecordEndpoint = (dependencies: PushDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/collections/{readable_id}/documents/{document_id}/raw',
    summary: 'Download a document as its source gave it',
    description: 'The bytes of a file, or Markdown, as they were when the document was last indexed.',
    tags: ['documents'],
    access: { scope: 'read', collectionParam: 'readable_id' },
    params: DocumentParams,
    timeoutMs: null,
    response: z.string(),
    produces: ['application/octet-stream'],
    errors: [404],
    handler: async ({ params, caller }) => {
      const { document, content } = await openRawRecord(dependencies, caller, params.readable_id, params.document_id);
      return new Response(Readable.toWeb(content) as ReadableStream, {
        headers: {
          // Never shown by a browser: what a source holds is anybody's, and would run on our address.
          'Content-Type': 'application/octet-stream',
          'Content-Disposition': `attachment; filename*=UTF-8''${encodeName(document.name)}`,
          'X-Content-Type-Options': 'nosniff',
          'Content-Security-Policy': 'sandbox',
          'Cache-Control': 'no-store',
        },
      });
    },
  });

/** As RFC 8187 has it. */
function encodeName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
}
