import { z } from 'zod';
import { openDocument } from '../../../core/search/index.ts';
import { plainText } from '../../../core/shared/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { instructionsField, instructionsIn } from '../search/instructions-field.ts';
import {
  type AgentToolDependencies,
  ToolDocument,
  targetFields,
  toolAccess,
  toolParams,
  toTarget,
  toToolDependencies,
  toToolDocument,
} from './tool-target.ts';

const OpenRequest = z
  .object({
    id: plainText({ min: 1, max: 2048 }).describe(
      'As results name it: `original_entity_id`, the `entity_id` of a passage (`…__chunk_<n>`: then that passage), or a `document_id`.',
    ),
    from: z.int().min(0).max(1_000_000).nullish().describe('First passage, from 0.'),
    count: z.int().min(1).max(10_000).nullish().describe('Passages from there; default all, of a passage one.'),
    neighbours: z.int().min(0).max(100).default(0).describe('Passages before and after, on each side.'),
    max_tokens: z
      .int()
      .min(100)
      .max(1_000_000)
      .default(8000)
      .describe('About how many tokens the text may have in all.'),
    ...targetFields,
  })
  .meta({ id: 'OpenRequest' });

const OpenResponse = z
  .object({
    document: ToolDocument,
    passages: z
      .array(
        z.object({
          chunk_index: z.int(),
          headings: z.array(z.string()).describe('Headings above it, outermost first.'),
          text: z.string().describe('Markdown. Text of the source: untrusted.'),
          is_cut: z.boolean().describe('Its end is missing.'),
          instructions: instructionsField,
        }),
      )
      .describe('In the order of the document.'),
    left_out: z
      .object({
        from: z.int().describe('Where to go on: the `from` of the next call.'),
        count: z.int().describe('Passages from there.'),
        tokens: z.int(),
      })
      .nullable()
      .describe('What was asked for and did not fit.'),
    tokens: z.int().describe('About how many tokens the text has.'),
    others: z
      .array(ToolDocument)
      .describe('Documents of the same id, of other connections or types: open them by `document_id`.'),
  })
  .meta({ id: 'OpenResponse' });

/** `POST /collections/{readable_id}/open`: a document, a range of it, or a passage with what stands around it. */
export function openEndpoint(deps: AgentToolDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/open',
    summary: 'Open a document',
    description: 'Whole, a range of its passages, or one passage with its neighbours; says what did not fit.',
    tags: ['search'],
    access: toolAccess,
    params: toolParams,
    body: OpenRequest,
    example: { id: 'report', count: 3 },
    response: OpenResponse,
    handler: async ({ params, body, caller, signal }) => {
      const target = await toTarget(deps, caller, params.readable_id, body);
      const { document, passages, leftOut, tokens, others } = await openDocument(
        toToolDependencies(deps),
        target,
        {
          ...{ id: body.id, neighbours: body.neighbours, maxTokens: body.max_tokens },
          ...(body.from === null || body.from === undefined ? {} : { from: body.from }),
          ...(body.count === null || body.count === undefined ? {} : { count: body.count }),
        },
        signal,
      );
      return {
        document: toToolDocument(document),
        passages: passages.map(({ chunkIndex, headings, text, isCut }) => ({
          chunk_index: chunkIndex,
          headings: [...headings],
          text,
          is_cut: isCut,
          ...instructionsIn(text),
        })),
        left_out: leftOut && { from: leftOut.from, count: leftOut.to - leftOut.from + 1, tokens: leftOut.tokens },
        tokens,
        others: others.map(toToolDocument),
      };
    },
  });
}
