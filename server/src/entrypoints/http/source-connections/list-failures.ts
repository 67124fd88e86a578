import { z } from 'zod';
import { type ConnectionDependencies, getConnection } from '../../../core/connections/index.ts';
import { type DocumentStore, listDocuments } from '../../../core/documents/index.ts';
import type { SearcherDependencies } from '../../../core/search/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { DocumentAnswer, toDocumentAnswer } from '../documents/document-answer.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionParams } from './connection-input.ts';

export interface FailureDependencies extends ConnectionDependencies, SearcherDependencies {
  readonly documents: DocumentStore;
}

export const listFailuresEndpoint = (dependencies: FailureDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-connections/{source_connection_id}/failures',
    summary: 'List documents that failed',
    description:
      'Each with the reason and how often it was tried. Failed documents are tried again by every run that reads everything.',
    tags: ['source connections'],
    access: { scope: 'read' },
    params: ConnectionParams,
    query: z.object({ skip: z.int().min(0).default(0), limit: z.int().min(1).max(1000).default(100) }),
    response: z.array(DocumentAnswer),
    errors: [404],
    handler: async ({ params, query, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      const { readableCollectionId } = await getConnection(dependencies, caller, id);
      const filters = { state: 'failed', sourceConnectionId: id, search: null } as const;
      const failures = await listDocuments(dependencies, caller, readableCollectionId, { ...filters, ...query });
      return failures.map(toDocumentAnswer);
    },
  });
