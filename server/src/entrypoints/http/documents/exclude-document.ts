import { type PushDependencies, setExcluded } from '../../../core/documents/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { DocumentAnswer, toDocumentAnswer } from './document-answer.ts';
import { DocumentParams } from './get-document.ts';

const actions = [
  {
    path: 'exclude',
    isExcluded: true,
    summary: 'Exclude a document',
    description: 'Unsearchable at once, and later syncs leave it out until it is included again.',
  },
  {
    path: 'include',
    isExcluded: false,
    summary: 'Include a document again',
    description: 'The next sync that its source gives it to indexes it.',
  },
] as const;

export function excludeDocumentEndpoints(dependencies: PushDependencies): readonly Endpoint[] {
  return actions.map(({ path, isExcluded, summary, description }) =>
    defineEndpoint({
      method: 'POST',
      path: `/collections/{readable_id}/documents/{document_id}/${path}`,
      summary,
      description,
      tags: ['documents'],
      access: { scope: 'write', collectionParam: 'readable_id' },
      params: DocumentParams,
      response: DocumentAnswer,
      errors: [400, 404],
      handler: async ({ params, caller }) =>
        toDocumentAnswer(await setExcluded(dependencies, caller, params.readable_id, params.document_id, isExcluded)),
    }),
  );
}
