import { z } from 'zod';
import type { FoundDocument } from '../../document-finder.ts';
import type { Filter } from '../../filter.ts';
import { selectWithin } from '../agentic-target.ts';
import { firstSummaries } from '../seen-passages.ts';
import { type AgenticTool, defineTool, type ToolContext, ToolInputError, type ToolOutcome } from './agentic-tool.ts';
import { itemOf } from './items.ts';

const pageSize = 200;
/** Documents below a parent that are looked through for its own children. */
const maxLookedAt = 1_000;

const entityId = z.string().min(1).max(2000).describe('An id that another tool gave.');
const limit = z.int().min(1).max(200).default(50);

export const navigationTools: readonly AgenticTool[] = [
  defineTool({
    name: 'get_children',
    description: 'Lists the documents directly below one, such as the pages of a folder, by name.',
    input: z.object({ entity_id: entityId, limit }),
    isLookup: true,
    run: async (context, input, signal) => {
      const parentId = context.seen.find(input.entity_id)?.entityId ?? input.entity_id.replace(/__chunk_\d+$/, '');
      const children = await childrenOf(context, parentId, input.limit, signal);
      return () => listed(context, children, `below ${parentId.slice(0, 200)}`);
    },
  }),
  defineTool({
    name: 'get_siblings',
    description: 'Lists the documents beside one, under the same parent, by name.',
    input: z.object({ entity_id: entityId, limit }),
    isLookup: true,
    run: async (context, input, signal) => {
      const passage = knownPassage(context, input.entity_id);
      const all = passage.parentId === null ? [] : await childrenOf(context, passage.parentId, input.limit + 1, signal);
      const siblings = all.filter(({ id }) => id !== passage.documentId).slice(0, input.limit);
      return () => listed(context, siblings, `beside ${passage.name.slice(0, 200)}`);
    },
  }),
  defineTool({
    name: 'get_parent',
    description: 'Shows what a document is under, such as its folder or project.',
    input: z.object({ entity_id: entityId }),
    isLookup: true,
    run: async (context, input) => {
      const passage = knownPassage(context, input.entity_id);
      const parents =
        passage.parentId === null
          ? []
          : await list(
              context,
              [[{ field: 'airweave_system_metadata.original_entity_id', operator: 'equals', value: passage.parentId }]],
              0,
              10,
            );
      return () => listed(context, parents, `above ${passage.name.slice(0, 200)}`);
    },
  }),
];

function knownPassage({ seen }: ToolContext, id: string) {
  const passage = seen.find(id);
  if (passage === undefined) throw new ToolInputError('This id is not known: take one from what tools gave.');
  return passage;
}

/** The documents whose last breadcrumb it is: others below it are further down. */
async function childrenOf(
  context: ToolContext,
  parentId: string,
  wanted: number,
  signal: AbortSignal,
): Promise<readonly FoundDocument[]> {
  const filter: Filter = [[{ field: 'breadcrumbs.entity_id', operator: 'equals', value: parentId }]];
  const children: FoundDocument[] = [];
  for (let offset = 0; offset < maxLookedAt && children.length < wanted; offset += pageSize) {
    const page = await list(context, filter, offset, pageSize);
    signal.throwIfAborted();
    children.push(...page.filter(({ breadcrumbs }) => breadcrumbs.at(-1)?.entityId === parentId));
    if (page.length < pageSize) break;
  }
  return children.slice(0, wanted);
}

function list({ deps, target }: ToolContext, filter: Filter, offset: number, count: number) {
  const page = { order: 'name' as const, offset, limit: count };
  return deps.documents.list(target.scope, target.collection.id, selectWithin(target, filter), page);
}

function listed({ seen }: ToolContext, documents: readonly FoundDocument[], where: string): ToolOutcome {
  const passages = documents.flatMap((document) => seen.addDocument(document) ?? []);
  return {
    text: {
      note: passages.length === 0 ? 'Nothing there.' : `${passages.length} documents. Read them to see their text.`,
      items: passages.map((passage) => itemOf(passage, '')),
      digest: `Listed ${passages.length} documents: ${passages
        .slice(0, 20)
        .map(({ key }) => key)
        .join(', ')
        .slice(0, 1000)}`,
    },
    stats: { resultCount: passages.length, contextLabel: where, firstResults: firstSummaries(passages) },
  };
}
