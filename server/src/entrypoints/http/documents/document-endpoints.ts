import type { PushDependencies } from '../../../core/documents/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { deleteDocumentEndpoint } from './delete-document.ts';
import { getDocumentEndpoint } from './get-document.ts';
import { listDocumentsEndpoint } from './list-documents.ts';
import { pushDocumentsEndpoint } from './push-documents.ts';

export function documentEndpoints(dependencies: PushDependencies, maxUploadBytes: number): readonly Endpoint[] {
  return [
    pushDocumentsEndpoint(dependencies, maxUploadBytes),
    listDocumentsEndpoint(dependencies),
    getDocumentEndpoint(dependencies),
    deleteDocumentEndpoint(dependencies),
  ];
}
