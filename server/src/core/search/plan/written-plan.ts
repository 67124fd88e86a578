import { z } from 'zod';

/*
 * Every key is required and no size is bounded here: some providers take no other schemas, and what is too much is cut when the
 * plan is read, rather than sent back to the model.
 */

const WrittenFilter = z.object({
  words: z
    .string()
    .describe('The words of the question that this restriction was read from, exactly as they stand there.'),
  groups: z
    .array(
      z.object({
        conditions: z.array(
          z.object({
            field: z.string(),
            operator: z.string(),
            value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.array(z.number())]),
          }),
        ),
      }),
    )
    .describe('Groups are joined by OR, the conditions of a group by AND.'),
});

/** A plan as a language model writes it: unchecked. */
export const WrittenPlan = z.object({
  query: z.string().describe('The subject of the question, in the words that a document would use.'),
  variations: z.array(z.string()).describe('Up to 3 other wordings of the query; none for codes and names.'),
  strategy: z
    .enum(['hybrid', 'semantic', 'keyword'])
    .describe('`hybrid` when in doubt; `keyword` only where everything is a code or an exact name.'),
  filters: z.array(WrittenFilter).describe('What the question restricts, surest first. None when unsure.'),
  phrases: z.array(z.string()).describe('Words of the question that must stand in a row. Seldom any.'),
  excluded: z.array(z.string()).describe('Words of the question that name what is not wanted.'),
  order: z.enum(['relevance', 'newest']).describe('`newest` only where the latest is asked for.'),
});
export type WrittenPlan = z.infer<typeof WrittenPlan>;
