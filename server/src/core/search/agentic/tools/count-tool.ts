import { z } from 'zod';
import { FilterGroups } from '../../parse-filter.ts';
import { selectWithin } from '../agentic-target.ts';
import { defineTool } from './agentic-tool.ts';
import { itemOf } from './items.ts';

export const countTool = defineTool({
  name: 'count',
  description:
    'Counts documents that a filter matches, without looking at their text, and lists the first of them by name. For questions such as how many, which of them all, the oldest.',
  input: z.object({
    filter_groups: FilterGroups.describe('Groups joined by OR, conditions of a group by AND. None: everything.'),
    list: z.int().min(0).max(50).default(0).describe('How many to list.'),
    order: z.enum(['newest', 'oldest', 'name']).default('newest'),
  }),
  isLookup: true,
  run: async ({ deps, target, seen }, { filter_groups, list, order }) => {
    const selection = selectWithin(target, filter_groups);
    const { scope, collection } = target;
    const [count, documents] = await Promise.all([
      deps.documents.count(scope, collection.id, selection),
      list === 0 ? [] : deps.documents.list(scope, collection.id, selection, { order, offset: 0, limit: list }),
    ]);
    return () => ({
      text: {
        note: `${count} documents.`,
        items: documents.flatMap((document) => seen.addDocument(document) ?? []).map((passage) => itemOf(passage, '')),
        digest: `Counted: ${count} documents.`,
      },
      stats: { count },
    });
  },
});
