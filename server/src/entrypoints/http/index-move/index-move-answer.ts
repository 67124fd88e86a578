import { z } from 'zod';
import type { IndexMove } from '../../../core/reindex/index.ts';

/** Listed by name at most. */
const maxNamed = 100;

export const IndexMoveAnswer = z.object({
  collections: z.number().int().describe('Of all organizations.'),
  in_place: z.number().int().describe('Those whose index is in the engine that is configured.'),
  under_way: z.number().int(),
  left: z.number().int().describe('Neither in place nor under way.'),
  examples: z
    .array(z.object({ readable_id: z.string(), error: z.string().nullable() }))
    .describe(`Up to ${maxNamed} of those left, with what broke off their last rebuild.`),
});

export function toIndexMoveAnswer(move: IndexMove): z.output<typeof IndexMoveAnswer> {
  return {
    collections: move.collections,
    in_place: move.inPlace,
    under_way: move.underWay,
    left: move.left.length,
    examples: move.left.slice(0, maxNamed).map(({ readableId, error }) => ({ readable_id: readableId, error })),
  };
}
