import { z } from 'zod';
import { ageSecondsOf, type FreshnessStore, type SearchStore } from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { findSearchable } from '../search/find-searchable.ts';
import { toolAccess, toolParams } from './tool-target.ts';

export interface FreshnessDependencies {
  readonly store: Pick<SearchStore, 'findCollection'>;
  readonly freshness: FreshnessStore;
  /** Default: the machine's clock. */
  readonly now?: () => Date;
}

const instant = z.iso.datetime().nullable();

const FreshnessResponse = z
  .object({
    sources: z.array(
      z.object({
        source_connection_id: z.string(),
        name: z.string(),
        source_name: z.string(),
        status: z
          .enum(['never_synced', 'syncing', 'current', 'failing', 'paused'])
          .describe('`failing`: the last sync ended with an error; what was read before is searched.'),
        is_running: z.boolean(),
        last_synced_at: instant.describe('When a sync last ended well.'),
        current_as_of: instant.describe('When that sync began: later changes of the source may be missing.'),
        age_seconds: z.int().nullable().describe('Seconds since `current_as_of`.'),
        last_ended_at: instant.describe('When the last sync ended, well or not.'),
        next_run_at: instant.describe('By schedule; null where there is none.'),
        is_continuous: z.boolean().describe('The source tells of its changes as they happen.'),
      }),
    ),
  })
  .meta({ id: 'FreshnessResponse' });

/** `GET /collections/{readable_id}/freshness`: how old what a search finds may be, by source connection. */
export function getFreshnessEndpoint({ store, freshness, now = () => new Date() }: FreshnessDependencies): Endpoint {
  return defineEndpoint({
    method: 'GET',
    path: '/collections/{readable_id}/freshness',
    summary: 'How fresh a collection is',
    description: 'When each source connection was last read, whether that went well, and when it is read next.',
    tags: ['search'],
    access: toolAccess,
    params: toolParams,
    response: FreshnessResponse,
    errors: [404],
    handler: async ({ params, caller }) => {
      const { id } = await findSearchable(store, caller.scope, params.readable_id);
      const sources = await freshness.listFreshness(caller.scope, id);
      return {
        sources: sources.map((source) => ({
          source_connection_id: source.connectionId,
          name: source.name,
          source_name: source.sourceName,
          status: source.status,
          is_running: source.isRunning,
          last_synced_at: source.lastSyncedAt?.toISOString() ?? null,
          current_as_of: source.currentAsOf?.toISOString() ?? null,
          age_seconds: ageSecondsOf(source, now()),
          last_ended_at: source.lastEndedAt?.toISOString() ?? null,
          next_run_at: source.nextRunAt?.toISOString() ?? null,
          is_continuous: source.isContinuous,
        })),
      };
    },
  });
}
