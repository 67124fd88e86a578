import { z } from 'zod';
import { getDocument, type PushDependencies } from '../../../core/documents/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DocumentAnswer, toDocumentAnswer } from './document-answer.ts';

export const DocumentParams = z.object({
  readable_id: z.string(),
  document_id: z.string().describe('Our id, or the id a document was pushed with, percent-encoded.'),
});

export const getDocumentEndpoint = (dependencies: PushDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/collections/{readable_id}/documents/{document_id}',
    summary: 'Get a document',
    tags: ['documents'],
    access: { scope: 'read', collectionParam: 'readable_id' },
    params: DocumentParams,
    response: DocumentAnswer,
    errors: [404],
    handler: async ({ params, caller }) =>
      toDocumentAnswer(await getDocument(dependencies, caller, params.readable_id, params.document_id)),
  });
