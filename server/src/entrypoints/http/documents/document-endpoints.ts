import type { MembershipDependencies } from '../../../core/documents/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { deleteDocumentEndpoint } from './delete-document.ts';
import { excludeDocumentEndpoints } from './exclude-document.ts';
import { getDocumentEndpoint } from './get-document.ts';
import { getRawRecordEndpoint } from './get-raw-record.ts';
import { type ChunkDependencies, listChunksEndpoint } from './list-chunks.ts';
import { listDocumentsEndpoint } from './list-documents.ts';
import { pushDocumentsEndpoint } from './push-documents.ts';
import { replaceMembershipsEndpoint } from './replace-memberships.ts';

export function documentEndpoints(
  dependencies: ChunkDependencies & MembershipDependencies,
  maxUploadBytes: number,
): readonly Endpoint[] {
  return [
    pushDocumentsEndpoint(dependencies, maxUploadBytes),
    listDocumentsEndpoint(dependencies),
    getDocumentEndpoint(dependencies),
    deleteDocumentEndpoint(dependencies),
    listChunksEndpoint(dependencies),
    getRawRecordEndpoint(dependencies),
    replaceMembershipsEndpoint(dependencies),
    ...excludeDocumentEndpoints(dependencies),
  ];
}
