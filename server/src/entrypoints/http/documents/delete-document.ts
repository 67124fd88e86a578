import { deleteDocument, type PushDependencies } from '../../../core/documents/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DocumentAnswer, toDocumentAnswer } from './document-answer.ts';
import { DocumentParams } from './get-document.ts';

export const deleteDocumentEndpoint = (dependencies: PushDependencies) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/collections/{readable_id}/documents/{document_id}',
    summary: 'Delete a pushed document',
    description: 'Unsearchable at once. Documents of other sources are deleted where they come from.',
    tags: ['documents'],
    access: { scope: 'write', collectionParam: 'readable_id' },
    params: DocumentParams,
    response: DocumentAnswer,
    errors: [400, 404],
    handler: async ({ params, caller }) =>
      toDocumentAnswer(await deleteDocument(dependencies, caller, params.readable_id, params.document_id)),
  });
