import { z } from 'zod';
import type { Caller } from '../../../core/access/index.ts';
import {
  type DocumentFinder,
  type Filter,
  FilterGroups,
  type FoundDocument,
  resolveSearcher,
  type SearcherDependencies,
  type SearchIndex,
  type SearchStore,
  type ToolDependencies,
  type ToolTarget,
} from '../../../core/search/index.ts';
import { AsUser } from '../search/as-user.ts';
import { collectionNotFound, findSearchable } from '../search/find-searchable.ts';

export interface AgentToolDependencies extends SearcherDependencies {
  readonly index: Pick<SearchIndex, 'retrieve' | 'fetch' | 'readDocuments'>;
  readonly store: Pick<SearchStore, 'findCollection' | 'visibleVersions'>;
  readonly documents: DocumentFinder;
}

/** The same for every tool: who may call it, and what of a collection it looks at. */
export const toolAccess = { scope: 'search', collectionParam: 'readable_id', collectionNotFound } as const;
export const toolParams = z.object({ readable_id: z.string() });
export const targetFields = {
  filter: FilterGroups.meta({ description: 'Groups are joined by OR, the conditions of a group by AND.' }),
  as_user: AsUser,
} as const;

export function toToolDependencies({ index, store, documents }: AgentToolDependencies): ToolDependencies {
  return { index, store, finder: documents };
}

/** @throws AppError('not_found') when there is no such collection; as `resolveSearcher` does */
export async function toTarget(
  deps: Pick<AgentToolDependencies, 'store' | 'memberships'>,
  caller: Caller,
  readableId: string,
  body: { readonly filter: Filter | undefined; readonly as_user?: string | null | undefined },
): Promise<ToolTarget> {
  const collection = await findSearchable(deps.store, caller.scope, readableId);
  const principals = await resolveSearcher(deps, caller, collection.id, body.as_user);
  return {
    scope: caller.scope,
    collection,
    ...(body.filter === undefined ? {} : { filter: body.filter }),
    ...(principals === undefined ? {} : { principals }),
  };
}

/** A document as tools show it: no text. */
export const ToolDocument = z
  .object({
    document_id: z.string().describe('For `open`.'),
    entity_id: z.string().describe("The source's own id; `open` takes it too."),
    name: z.string(),
    entity_type: z.string(),
    source_name: z.string(),
    source_connection_id: z.string(),
    breadcrumbs: z
      .array(z.object({ entity_id: z.string(), name: z.string(), entity_type: z.string() }))
      .describe('The path to the entity, root first.'),
    web_url: z.string().describe('Where a person can open it; empty when there is no such address.'),
    created_at: z.iso.datetime().nullable(),
    updated_at: z.iso.datetime().nullable(),
    passages: z.int().describe('How many passages it has.'),
  })
  .meta({ id: 'ToolDocument' });

export function toToolDocument(document: FoundDocument): z.input<typeof ToolDocument> {
  return {
    document_id: document.id,
    entity_id: document.entityId,
    name: document.name,
    entity_type: document.entityType,
    source_name: document.sourceName,
    source_connection_id: document.connectionId,
    breadcrumbs: document.breadcrumbs.map((crumb) => ({
      entity_id: crumb.entityId,
      name: crumb.name,
      entity_type: crumb.entityType,
    })),
    web_url: document.url ?? '',
    created_at: document.createdAt?.toISOString() ?? null,
    updated_at: document.updatedAt?.toISOString() ?? null,
    passages: document.chunkCount,
  };
}
