import { z } from 'zod';
import { getCollection } from '../../../core/collections/index.ts';
import { type PushDependencies, pushDocuments } from '../../../core/documents/index.ts';
import { newUploadKey } from '../../../core/sync/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { PushBody, toPushedDocument } from './push-input.ts';
import { receiveUploads } from './receive-uploads.ts';

const PushAnswer = z
  .object({
    accepted: z.int(),
    unchanged: z.int().describe('The same is indexed already; nothing was done.'),
    failed: z.array(z.object({ id: z.string(), error: z.string() })).describe('Known only with `wait`.'),
    source_connection_id: z.guid(),
    pending: z.boolean().describe('True while some of it is not yet searchable.'),
  })
  .meta({ id: 'PushResult' });

export const pushDocumentsEndpoint = (dependencies: PushDependencies, maxUploadBytes: number) =>
  defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/documents',
    summary: 'Push documents',
    description:
      'Takes up to 1,000 documents as JSON, or files as multipart/form-data. Answered once they are stored; with `wait` once they are searchable, or after 30 seconds with 202.',
    tags: ['documents'],
    access: { scope: 'write', collectionParam: 'readable_id' },
    params: z.object({ readable_id: z.string() }),
    query: z.object({ wait: z.boolean().default(false) }),
    body: PushBody,
    example: {
      documents: [{ id: 'report', name: 'Report', text: 'Revenue grew by four percent in the third quarter.' }],
    },
    uploads: ['multipart/form-data'],
    maxBodyBytes: maxUploadBytes,
    maxUploadBytes: maxUploadBytes + 1_000_000,
    timeoutMs: null,
    response: PushAnswer,
    otherStatus: 202,
    errors: [404, 413],
    handler: async ({ params, query, body, caller, request, signal }) => {
      // Before anything is stored: an upload to a collection that is not there leaves nothing behind.
      const collection = await getCollection(dependencies.collections, caller, params.readable_id);
      const documents =
        body?.documents.map(toPushedDocument) ??
        (await receiveUploads(request, {
          blobs: dependencies.blobs,
          newKey: () => newUploadKey(caller.scope, collection.id, new Date()),
          maxBytes: maxUploadBytes,
          signal,
        }));
      const result = await pushDocuments(dependencies, caller, params.readable_id, documents, {
        wait: query.wait,
        signal,
      });
      const answer: z.input<typeof PushAnswer> = {
        accepted: result.accepted,
        unchanged: result.unchanged,
        failed: [...result.failed],
        source_connection_id: result.sourceConnectionId,
        pending: result.isPending,
      };
      return result.isPending ? Response.json(answer, { status: 202 }) : answer;
    },
  });
