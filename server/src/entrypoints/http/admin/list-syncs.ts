import { z } from 'zod';
import { resolveReach, type SyncFilter, type SyncReport } from '../../../core/administration/index.ts';
import { AppError, OrganizationId, SyncId } from '../../../core/shared/index.ts';
import { jobStatuses } from '../../../core/sync/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AdminDependencies } from './admin-dependencies.ts';

const maxIds = 1_000;
const Query = z.object({
  skip: z.int().min(0).default(0),
  limit: z.int().min(1).max(1_000).default(100),
  sync_ids: z.string().max(40_000).nullish().describe('Separated by commas.'),
  organization_id: OrganizationId.nullish(),
  collection_id: z.string().max(200).nullish().describe('A readable id.'),
  source_type: z.string().max(100).nullish().describe("A source's short name."),
  has_source_connection: z.boolean().default(true).describe('False finds nothing: a sync goes with its connection.'),
  is_authenticated: z.boolean().nullish(),
  status: z.string().max(100).nullish(),
  last_job_status: z.enum(jobStatuses).nullish(),
  ghost_syncs_last_n: z.int().min(1).max(10).nullish().describe('Only those whose last n jobs all failed.'),
  tags: z.string().max(1_000).nullish().describe('Syncs have no tags here: with one, nothing is found.'),
  exclude_tags: z.string().max(1_000).nullish(),
  include_destination_counts: z.boolean().default(false),
  include_arf_counts: z.boolean().default(false).describe('Counts records kept as their source gave them.'),
});

const AdminSync = z
  .object({
    id: z.guid(),
    name: z.string(),
    organization_id: z.guid(),
    organization_name: z.string(),
    status: z.string(),
    cron_schedule: z.string().nullable(),
    next_scheduled_run: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
    modified_at: z.iso.datetime(),
    total_entity_count: z.int(),
    total_vespa_entity_count: z.int().nullable().describe('In the search index; null unless it was asked for.'),
    total_arf_entity_count: z.int().nullable(),
    last_job_status: z.string().nullable(),
    last_job_at: z.iso.datetime().nullable(),
    last_job_error: z.string().nullable(),
    source_connection_id: z.guid(),
    source_short_name: z.string(),
    source_is_authenticated: z.boolean(),
    readable_collection_id: z.string(),
    all_tags: z.array(z.string()).describe('Always empty.'),
  })
  .meta({ id: 'AdminSync' });

export const listSyncReportsEndpoint = ({
  administration,
  features,
}: Pick<AdminDependencies, 'administration' | 'features'>) =>
  defineEndpoint({
    method: 'GET',
    path: '/admin/syncs',
    summary: 'List syncs of the server',
    description: 'Of all organizations; an API key sees its own.',
    tags: ['admin'],
    access: 'platform_admin_or_key',
    query: Query,
    response: z.array(AdminSync),
    errors: [400],
    handler: async ({ query, caller }) => {
      const within = await resolveReach(features, caller);
      if (!query.has_source_connection || query.tags) return [];
      const reports = await administration.listSyncs(within, toFilter(query), {
        skip: query.skip,
        limit: query.limit,
        countsIndexed: query.include_destination_counts,
        countsRaw: query.include_arf_counts,
      });
      return reports.map(toAnswer);
    },
  });

function toFilter(query: z.output<typeof Query>): SyncFilter {
  return {
    ...(query.sync_ids && { syncIds: parseIds(query.sync_ids) }),
    ...(query.organization_id && { organizationId: query.organization_id }),
    ...(query.collection_id && { readableCollectionId: query.collection_id }),
    ...(query.source_type && { sourceName: query.source_type }),
    ...(typeof query.is_authenticated === 'boolean' && { isAuthenticated: query.is_authenticated }),
    ...(query.status && { status: query.status.toLowerCase() }),
    ...(query.last_job_status && { lastJobStatus: query.last_job_status }),
    ...(query.ghost_syncs_last_n && { failedLast: query.ghost_syncs_last_n }),
  };
}

/** @throws AppError('invalid_request') */
function parseIds(text: string): readonly SyncId[] {
  const ids = text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  const parsed = z.array(SyncId).max(maxIds).safeParse(ids);
  if (parsed.success) return parsed.data;
  throw new AppError('invalid_request', `sync_ids must be at most ${maxIds} UUIDs, separated by commas.`);
}

function toAnswer(report: SyncReport): z.input<typeof AdminSync> {
  return {
    id: report.id,
    name: report.name,
    organization_id: report.organizationId,
    organization_name: report.organizationName,
    status: report.status,
    cron_schedule: report.cron,
    next_scheduled_run: report.nextRunAt?.toISOString() ?? null,
    created_at: report.createdAt.toISOString(),
    modified_at: report.modifiedAt.toISOString(),
    total_entity_count: report.documentCount,
    total_vespa_entity_count: report.indexedCount,
    total_arf_entity_count: report.rawCount,
    last_job_status: report.lastJob?.status ?? null,
    last_job_at: report.lastJob?.at.toISOString() ?? null,
    last_job_error: report.lastJob?.error ?? null,
    source_connection_id: report.connectionId,
    source_short_name: report.sourceName,
    source_is_authenticated: report.isAuthenticated,
    readable_collection_id: report.readableCollectionId,
    all_tags: [],
  };
}
