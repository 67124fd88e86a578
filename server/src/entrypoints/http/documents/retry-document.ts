import { documentsSource, runConnection } from '../../../core/connections/index.ts';
import { getDocument } from '../../../core/documents/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { JobAnswer, toJobAnswer } from '../source-connections/job-answer.ts';
import type { FailureDependencies } from '../source-connections/list-failures.ts';
import { DocumentParams } from './get-document.ts';

export const retryDocumentEndpoint = (dependencies: FailureDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/documents/{document_id}/retry',
    summary: 'Try a failed document again',
    description:
      'Begins a run of its source connection that reads everything, since what failed may lie behind the place where the last run stopped.',
    tags: ['documents'],
    access: { scope: 'write', collectionParam: 'readable_id' },
    params: DocumentParams,
    response: JobAnswer,
    errors: [400, 404, 409],
    handler: async ({ params, caller }) => {
      const document = await getDocument(dependencies, caller, params.readable_id, params.document_id);
      if (document.sourceName === documentsSource) {
        throw new AppError('invalid_request', 'This document was pushed: to have it tried again, push it again.');
      }
      if (document.state !== 'failed') {
        throw new AppError('invalid_request', `This document has not failed: it is ${document.state}.`);
      }
      return toJobAnswer(await runConnection(dependencies, caller, document.sourceConnectionId, { forceFull: true }));
    },
  });
