import { z } from 'zod';
import { type Filter, type HitExplanation, writeFilter } from '../../../core/search/index.ts';

/** Of a search's request. */
export const Explain = z
  .boolean()
  .default(false)
  .describe('Whether each result says why it is where it is: scores, ranks, scales, matched terms, permissions.');

const ArmExplanation = z.object({
  arm: z.enum(['keyword', 'semantic']),
  score: z.number().nullable().describe("The engine's own score; null where the arm does not have the passage."),
  rank: z.int().nullable().describe('From 1, among what the searcher may see.'),
  counted_score: z
    .number()
    .describe('What was scaled: `score`, or what nothing exceeds that the arm does not have at this depth.'),
  scale: z
    .object({ high: z.number(), low: z.number() })
    .nullable()
    .describe('The ends of the scale, which become 1 and 0. Null: the arm found nothing.'),
  scaled_score: z.number().describe('`(counted_score - low) / (high - low)`; where both ends are equal as if 1 apart.'),
  left_out: z
    .enum(['empty', 'flat'])
    .nullable()
    .describe('Why the arm is no part of the mean: it found nothing, or gives all its best hits one score.'),
});

/** Why one result is where it is. */
export const ResultExplanation = z
  .object({
    query: z.string().describe('The words that found it; of a plan, perhaps not those of the question.'),
    arms: z.array(ArmExplanation),
    depth: z.int().describe('How many hits of each arm were compared for this result.'),
    fused_score: z
      .number()
      .describe('The mean of the scaled scores of the arms that are not left out. A plan may give scores out anew.'),
    matched_terms: z
      .array(z.object({ term: z.string(), forms: z.array(z.string()) }))
      .describe('Words of the query that the passage has, as the keyword arm compares them, with their forms in it.'),
    visible_because: z
      .enum(['all', 'unrestricted', 'public', 'named'])
      .describe(
        'Why the searcher may see it: they see everything, it has no access data, it is public, or it names them or a group of theirs.',
      ),
    arrangement: z
      .object({
        relevance_place: z.int().describe('Its place by relevance alone, from 1.'),
        phrases: z.array(z.string()).describe('Phrases of the plan that it has: those who have more come first.'),
        by_date: z.boolean().describe('It is one of the good results, which are ordered by date.'),
        demoted_for: z.array(z.string()).describe('Unwanted words that it has, for which it comes last.'),
      })
      .optional()
      .describe('What the order of the plan did with it; absent where relevance alone decides.'),
  })
  .meta({ id: 'ResultExplanation' });

const scalar = z.union([z.string(), z.number(), z.boolean()]);
/** What held for every result. */
export const AppliedRestrictions = z
  .object({
    filter: z
      .array(
        z.object({
          conditions: z.array(
            z.object({ field: z.string(), operator: z.string(), value: z.union([scalar, z.array(scalar)]) }),
          ),
        }),
      )
      .nullable()
      .describe('Of the request; null: none.'),
    permissions: z
      .boolean()
      .describe('Whether only what the searcher may see was looked at. An API key sees everything.'),
  })
  .meta({ id: 'AppliedRestrictions' });

export function toResultExplanation(explanation: HitExplanation): z.input<typeof ResultExplanation> {
  const { arrangement } = explanation;
  return {
    query: explanation.query,
    arms: explanation.arms.map((arm) => ({
      arm: arm.kind,
      score: arm.score,
      rank: arm.rank,
      counted_score: arm.countedScore,
      scale: arm.scale,
      scaled_score: arm.scaledScore,
      left_out: arm.leftOut,
    })),
    depth: explanation.depth,
    fused_score: explanation.fusedScore,
    matched_terms: explanation.matchedTerms.map(({ term, forms }) => ({ term, forms: [...forms] })),
    visible_because: explanation.visibility,
    ...(arrangement !== undefined && {
      arrangement: {
        relevance_place: arrangement.relevancePlace,
        phrases: [...arrangement.phrases],
        by_date: arrangement.isByDate,
        demoted_for: [...arrangement.demotedFor],
      },
    }),
  };
}

export function toRestrictions(
  filter: Filter | undefined,
  principals: readonly string[] | undefined,
): z.input<typeof AppliedRestrictions> {
  return { filter: filter === undefined ? null : writeFilter(filter), permissions: principals !== undefined };
}
