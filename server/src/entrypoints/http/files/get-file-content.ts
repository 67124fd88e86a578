import { z } from 'zod';
import { type FileDependencies, getFile, readFileText } from '../../../core/documents/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { FileParams } from './file-input.ts';

const FileContent = z
  .object({
    entity_id: z.string().describe("The source's own id."),
    id: z.guid().describe('Ours.'),
    content: z.string().describe('Markdown.'),
    content_length: z.int().describe('Characters of `content`.'),
  })
  .meta({ id: 'FileContent' });

export const getFileContentEndpoint = (deps: FileDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/files/{entity_id}/content',
    summary: "Get a document's text",
    tags: ['files'],
    access: { scope: 'read' },
    params: FileParams,
    response: FileContent,
    errors: [404],
    handler: async ({ params, caller }) => {
      const file = await getFile(deps, caller, params.entity_id);
      const content = await readFileText(deps, caller, file);
      return { entity_id: file.entityId, id: file.id, content, content_length: content.length };
    },
  });
