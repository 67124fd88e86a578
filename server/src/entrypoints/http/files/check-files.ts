import { z } from 'zod';
import { type FileDependencies, findFiles } from '../../../core/documents/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { EntityId } from './file-input.ts';

export const checkFilesEndpoint = (deps: Pick<FileDependencies, 'files' | 'memberships'>) =>
  defineEndpoint({
    method: 'GET',
    path: '/files',
    summary: 'Check which documents there are',
    description: 'What you may not see counts as not found.',
    tags: ['files'],
    access: { scope: 'read' },
    query: z.object({ entity_ids: z.array(EntityId).min(1).max(1000) }),
    response: z
      .object({
        results: z.record(z.string(), z.boolean()),
        total: z.int(),
        found: z.int(),
        not_found: z.int(),
      })
      .meta({ id: 'FileCheck' }),
    handler: async ({ query, caller }) => {
      const ids = [...new Set(query.entity_ids)];
      const files = await findFiles(deps, caller, ids);
      return {
        results: Object.fromEntries(ids.map((id) => [id, files.has(id)])),
        total: ids.length,
        found: files.size,
        not_found: ids.length - files.size,
      };
    },
  });
