import { z } from 'zod';
import { checkCitations } from '../check-citations.ts';
import { excerptOf } from '../excerpt.ts';
import { openPassages } from '../open-passages.ts';
import { firstSummaries } from '../seen-passages.ts';
import { type AgenticTool, defineTool, type ToolContext } from './agentic-tool.ts';
import { itemOf, maxIds } from './items.ts';

const entityIds = z.array(z.string().min(1).max(2000)).min(1).max(maxIds);
/** Of each result that is looked over again. */
const reviewLength = 1_500;

export const addToResultsTool = defineTool({
  name: 'add_to_results',
  description: 'Puts passages into what the user gets. The most useful first: they are shown in about this order.',
  input: z.object({ entity_ids: entityIds }),
  isLookup: false,
  run: async (context, { entity_ids }, signal) => {
    const ids = [...new Set(entity_ids)];
    const passages = ids.flatMap((id) => context.seen.find(id) ?? []);
    // What was only listed has no passage yet, and may not be visible any more.
    const listed = passages.filter(({ chunk }) => chunk === undefined);
    const opened = listed.length === 0 ? [] : await openPassages(context.deps, context.target, listed, 0, signal);
    return () => {
      for (const chunk of opened.flatMap(({ chunks }) => chunks)) context.seen.addHit({ chunk, score: null });
      const ready = passages.flatMap(({ key }) => {
        const passage = context.seen.find(key);
        return passage?.chunk === undefined ? [] : [passage];
      });
      const added = ready.filter(({ key }) => context.seen.collect(key));
      return changed(context, {
        note: 'added',
        added,
        alreadyCollected: ready.length - added.length,
        notFound: ids.length - ready.length,
      });
    };
  },
});

export const removeFromResultsTool = defineTool({
  name: 'remove_from_results',
  description: 'Takes passages out of what the user gets again. `["all"]` takes all.',
  input: z.object({ entity_ids: entityIds }),
  isLookup: false,
  run: async (context, { entity_ids }) => {
    const ids = entity_ids.includes('all') ? context.seen.collectedKeys : [...new Set(entity_ids)];
    const passages = ids.flatMap((id) => context.seen.find(id) ?? []);
    return () => {
      const removed = passages.filter(({ key }) => context.seen.uncollect(key));
      return changed(context, {
        note: 'removed',
        added: removed,
        alreadyCollected: 0,
        notFound: ids.length - removed.length,
      });
    };
  },
});

function changed(
  { seen }: ToolContext,
  change: {
    readonly note: string;
    readonly added: Parameters<typeof firstSummaries>[0];
    readonly alreadyCollected: number;
    readonly notFound: number;
  },
) {
  const total = seen.collectedKeys.length;
  const note = `${change.added.length} ${change.note}, ${change.alreadyCollected} were there already, ${change.notFound} not known; ${total} in the results.`;
  return {
    text: { note, items: [], digest: note },
    stats: {
      added: change.added.length,
      alreadyCollected: change.alreadyCollected,
      notFound: change.notFound,
      totalCollected: total,
      entities: firstSummaries(change.added),
    },
  };
}

export const reviewResultsTool = defineTool({
  name: 'review_results',
  description: 'Shows what is in the results now.',
  input: z.object({}),
  isLookup: false,
  run: async (context) => () => {
    const passages = context.seen.collectedKeys.flatMap((key) => context.seen.find(key) ?? []);
    return {
      text: {
        note: `${passages.length} in the results.`,
        items: passages.map((passage) =>
          itemOf(passage, excerptOf(passage.chunk?.text ?? '', context.terms, reviewLength)),
        ),
        digest: `Reviewed ${passages.length} results.`,
      },
      stats: {
        totalCollected: passages.length,
        entityCount: new Set(passages.map(({ documentId }) => documentId)).size,
        firstResults: firstSummaries(passages),
      },
    };
  },
});

/** @param mayRefuse whether an answer that proves nothing is sent back: once in a search */
export function returnResultsTool(mayRefuse: () => boolean): AgenticTool {
  return defineTool({
    name: 'return_results_to_user',
    description:
      'Ends the search with what is in the results. `answer`: in a few sentences, each with a mark such as [1] for the citation it rests on; leave it out when a list is what was asked for. `citations`: what the marks mean, each with words copied from a passage you have read. `answered: false` when the collection does not have it: say so rather than guess.',
    input: z.object({
      answered: z.boolean().default(true),
      answer: z.string().max(50_000).nullish(),
      citations: z
        .array(z.object({ entity_id: z.string().max(2000), quote: z.string().max(10_000) }))
        .max(100)
        .nullish(),
    }),
    isLookup: false,
    run:
      async ({ seen }, input) =>
      () => {
        const total = seen.collectedKeys.length;
        const written = {
          answer: input.answer?.trim() ? input.answer.trim() : null,
          citations: (input.citations ?? []).map(({ entity_id, quote }) => ({ entityId: entity_id, quote })),
        };
        const checked = checkCitations(written, seen.shownTexts);
        const warning = warningOf(input.answered, written.answer !== null, total, checked);
        if (warning !== null && mayRefuse()) {
          return {
            text: { note: warning, items: [], digest: warning },
            stats: { accepted: false, totalCollected: total, warning },
          };
        }
        return {
          text: { note: 'Done.', items: [], digest: 'Done.' },
          stats: { accepted: true, totalCollected: total, warning },
          finish: { ...checked, answered: input.answered },
        };
      },
  });
}

function warningOf(
  answered: boolean,
  hasAnswer: boolean,
  total: number,
  { citations, dropped }: { readonly citations: readonly unknown[]; readonly dropped: number },
): string | null {
  if (!answered) return null;
  if (total === 0) return 'Nothing is in the results. Add what you found, or return with answered: false.';
  if (hasAnswer && citations.length === 0) {
    return 'The answer rests on nothing: give citations with words copied from passages you have read.';
  }
  if (dropped > 0)
    return `${dropped} of the quotes are not in the passages they name. Copy the words as they are there.`;
  return null;
}
