import { z } from 'zod';
import { type FileDependencies, getFile, readFileText } from '../../../core/documents/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { FileParams } from './file-input.ts';
import { downloadHeaders, toFileName } from './file-name.ts';

export const getFileEndpoint = (deps: FileDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/files/{entity_id}',
    summary: "Download a document's text",
    description: 'As Markdown, from whatever collection it is in.',
    tags: ['files'],
    access: { scope: 'read' },
    params: FileParams,
    response: z.string(),
    produces: ['text/markdown'],
    errors: [404],
    handler: async ({ params, caller }) => {
      const file = await getFile(deps, caller, params.entity_id);
      const text = await readFileText(deps, caller, file);
      return new Response(text, { headers: downloadHeaders(toFileName(file.name), 'text/markdown; charset=utf-8') });
    },
  });
