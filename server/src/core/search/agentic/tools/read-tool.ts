import { z } from 'zod';
import { excerptOf } from '../excerpt.ts';
import { openPassages } from '../open-passages.ts';
import { firstSummaries } from '../seen-passages.ts';
import { defineTool, ToolInputError } from './agentic-tool.ts';
import { itemOf } from './items.ts';

/** Of one passage: more is cut around the question's words. */
const maxPassageLength = 12_000;
const maxReadAtOnce = 10;

export const readTool = defineTool({
  name: 'read',
  description:
    'Shows passages in full, with those before and after them. Takes ids that other tools gave. Only what you have read can be quoted.',
  input: z.object({
    entity_ids: z.array(z.string().min(1).max(2000)).min(1).max(maxReadAtOnce),
    neighbours: z.int().min(0).max(10).default(2).describe('Passages before and after each.'),
  }),
  isLookup: true,
  run: async (context, { entity_ids, neighbours }, signal) => {
    const passages = [...new Set(entity_ids)].flatMap((id) => context.seen.find(id) ?? []);
    const unknown = new Set(entity_ids).size - passages.length;
    if (passages.length === 0) throw new ToolInputError('None of these ids is known: take them from what tools gave.');
    const opened = await openPassages(context.deps, context.target, passages, neighbours, signal);
    return () => {
      const shown = opened.flatMap(({ chunks, matching }) =>
        chunks.flatMap((chunk) => {
          const known = context.seen.find(`${chunk.entityId}__chunk_${chunk.chunkIndex}`)?.score ?? null;
          const passage = context.seen.addHit({ chunk, score: known });
          return passage === undefined ? [] : [{ passage, isMatch: matching.has(chunk.chunkIndex) }];
        }),
      );
      const found = shown.filter(({ isMatch }) => isMatch).map(({ passage }) => passage);
      const notFound = unknown + passages.length - found.length;
      const missing = notFound === 0 ? '' : ` ${notFound} of the ids are not there.`;
      return {
        text: {
          note: `${shown.length} passages of ${opened.length} documents.${missing} Add those that answer the question to the results.`,
          // What was asked for comes first, so that room is not used up by what is around it.
          items: shown
            .toSorted((a, b) => Number(b.isMatch) - Number(a.isMatch))
            .map(({ passage }) =>
              itemOf(passage, excerptOf(passage.chunk?.text ?? '', context.terms, maxPassageLength)),
            ),
          digest: `Read ${found
            .map(({ key }) => key)
            .join(', ')
            .slice(0, 1000)}`,
        },
        stats: {
          found: found.length,
          notFound,
          entities: firstSummaries(found),
          contextLabel: found[0]?.name ?? null,
        },
      };
    };
  },
});
