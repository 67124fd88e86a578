import { z } from 'zod';
import { countSyncEntities } from '../../../core/connections/index.ts';
import { SyncId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { toDefinitionName } from './definition-name.ts';

type Dependencies = Parameters<typeof countSyncEntities>[0] & {
  /** By class name. */
  readonly describeEntityType: (name: string) => string | null;
};

const Params = z.object({ sync_id: z.guid() });

const EntityCountAnswer = z
  .object({
    count: z.int(),
    entity_definition_short_name: z.string(),
    entity_definition_name: z.string(),
    entity_definition_type: z.literal('json'),
    entity_definition_description: z.string().nullable(),
    modified_at: z.iso.datetime().describe('When one of them last changed.'),
  })
  .meta({ id: 'EntityCount' });

export const entityCountsEndpoint = (dependencies: Dependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/entity-counts/syncs/{sync_id}/counts',
    summary: 'Count the entities of a sync by definition',
    tags: ['entities'],
    access: { scope: 'read' },
    params: Params,
    response: z.array(EntityCountAnswer),
    errors: [404],
    handler: async ({ params, caller }) => {
      const counts = await countSyncEntities(dependencies, caller, SyncId.parse(params.sync_id));
      return counts
        .map(({ entityType, count, lastUpdated }) => ({
          count,
          entity_definition_short_name: toDefinitionName(entityType),
          entity_definition_name: entityType,
          entity_definition_type: 'json' as const,
          entity_definition_description: dependencies.describeEntityType(entityType),
          // A group has a member, and every member a date.
          modified_at: (lastUpdated ?? new Date(0)).toISOString(),
        }))
        .sort((one, other) => (one.entity_definition_short_name < other.entity_definition_short_name ? -1 : 1));
    },
  });

export const totalCountEndpoint = (dependencies: Parameters<typeof countSyncEntities>[0]) =>
  defineEndpoint({
    method: 'GET',
    path: '/entity-counts/syncs/{sync_id}/total-count',
    summary: 'Count the entities of a sync',
    tags: ['entities'],
    access: { scope: 'read' },
    params: Params,
    response: z.int(),
    errors: [404],
    handler: async ({ params, caller }) => {
      const counts = await countSyncEntities(dependencies, caller, SyncId.parse(params.sync_id));
      return counts.reduce((sum, { count }) => sum + count, 0);
    },
  });
