import { z } from 'zod';
import { errorCategories } from '../../../connector-kit/index.ts';
import { authProviderNames, providerSettingsUrls } from '../../../core/auth-providers/index.ts';
import {
  type ConnectionSync,
  connectionStatuses,
  credentialsErrorOf,
  type EntityCount,
  type SourceConnection,
  statusOf,
} from '../../../core/connections/index.ts';
import { nextRuns } from '../../../core/sync/index.ts';
import { SyncJobDetails, toJobDetails } from './job-answer.ts';

const authMethods = ['direct', 'oauth_browser', 'oauth_token', 'oauth_byoc', 'auth_provider'] as const;

const AuthenticationDetails = z.object({
  method: z.enum(authMethods),
  authenticated: z.boolean(),
  authenticated_at: z.iso.datetime().nullable(),
  expires_at: z.iso.datetime().nullable(),
  auth_url: z.string().nullable(),
  auth_url_expires: z.iso.datetime().nullable(),
  redirect_url: z.string().nullable(),
  claim_token: z.string().nullable(),
  provider_readable_id: z.string().nullable(),
  provider_id: z.string().nullable(),
});

const ScheduleDetails = z.object({
  cron: z.string().nullable(),
  next_run: z.iso.datetime().nullable(),
  continuous: z.boolean(),
  cursor_field: z.string().nullable(),
  cursor_value: z.null(),
  time_zone: z.string().describe('IANA name in which the cron expression is read.'),
  next_runs: z
    .array(z.iso.datetime())
    .describe('The next five; each begins up to five minutes later, to spread the load.'),
  paused_by: z
    .enum(['person', 'credentials'])
    .nullable()
    .describe('While it is paused, nothing begins by itself. `credentials`: the source refused them.'),
  last_full_run: z.iso.datetime().nullable().describe('When everything was last read; repeated daily by itself.'),
});

/** A source connection with everything about it. */
export const ConnectionAnswer = z
  .object({
    id: z.guid(),
    organization_id: z.guid(),
    name: z.string(),
    description: z.string().nullable(),
    short_name: z.string(),
    readable_collection_id: z.string(),
    status: z.enum(connectionStatuses),
    created_at: z.iso.datetime(),
    modified_at: z.iso.datetime(),
    auth: AuthenticationDetails,
    config: z.record(z.string(), z.unknown()),
    schedule: ScheduleDetails.nullable(),
    sync: z
      .object({
        total_runs: z.int(),
        successful_runs: z.int(),
        failed_runs: z.int(),
        last_job: SyncJobDetails.nullable(),
      })
      .nullable(),
    sync_id: z.guid().nullable(),
    entities: z
      .object({
        total_entities: z.int(),
        by_type: z.record(z.string(), z.object({ count: z.int(), last_updated: z.iso.datetime().nullable() })),
      })
      .nullable(),
    error_category: z.enum(errorCategories).nullable(),
    error_message: z.string().nullable(),
    provider_settings_url: z.string().nullable(),
    provider_short_name: z.string().nullable(),
    federated_search: z.boolean(),
    held_deletions: z
      .object({ count: z.int(), total: z.int() })
      .nullable()
      .describe('A full run missed most documents; nothing was deleted, and a decision is needed.'),
  })
  .meta({ id: 'SourceConnection' });

const categoryMessages: Readonly<Record<(typeof errorCategories)[number], string>> = {
  oauth_credentials_expired: 'The sign-in has expired. Sign in again.',
  api_key_invalid: 'The stored credentials are refused by the source. Give new ones.',
  auth_provider_account_gone: 'The account at the auth provider is gone. Connect it again.',
  auth_provider_credentials_invalid: 'The auth provider refuses its credentials. Renew them.',
};

/** @param claimToken only where a sign-in was begun, and only in that answer */
export function toConnectionAnswer(
  connection: SourceConnection,
  entities: readonly EntityCount[],
  now: Date,
  claimToken?: string,
): z.input<typeof ConnectionAnswer> {
  const { sync, latestJob, isAuthenticated, authProvider, signIn } = connection;
  const category = credentialsErrorOf(connection);
  // Once the connection works, an older link is of no use.
  const isLinkShown =
    signIn !== null && signIn.url !== null && (!isAuthenticated || category !== null || claimToken !== undefined);
  return {
    id: connection.id,
    organization_id: connection.organizationId,
    name: connection.name,
    description: connection.description,
    short_name: connection.shortName,
    readable_collection_id: connection.readableCollectionId,
    status: statusOf(connection),
    created_at: connection.createdAt.toISOString(),
    modified_at: connection.modifiedAt.toISOString(),
    auth: {
      method: connection.authMethod,
      authenticated: isAuthenticated,
      authenticated_at: isAuthenticated ? connection.createdAt.toISOString() : null,
      expires_at: null,
      auth_url: isLinkShown ? signIn.url : null,
      auth_url_expires: isLinkShown ? signIn.expiresAt.toISOString() : null,
      redirect_url: signIn?.redirectUrl ?? null,
      claim_token: claimToken ?? null,
      provider_readable_id: authProvider?.readableId ?? null,
      provider_id: authProvider?.readableId ?? null,
    },
    config: { ...connection.config },
    schedule: sync === null ? null : toScheduleDetails(sync, now),
    sync:
      sync === null || latestJob === null
        ? null
        : {
            // The reference counts the newest job only; its clients read `last_job`.
            total_runs: 1,
            successful_runs: latestJob.status === 'completed' ? 1 : 0,
            failed_runs: latestJob.status === 'failed' ? 1 : 0,
            last_job: toJobDetails(latestJob),
          },
    sync_id: sync?.id ?? null,
    entities: entities.length === 0 ? null : toEntitySummary(entities),
    error_category: category,
    error_message: category === null ? null : categoryMessages[category],
    provider_settings_url: category === null ? null : settingsUrlOf(authProvider?.shortName),
    provider_short_name: category === null ? null : (authProvider?.shortName ?? null),
    federated_search: false,
    held_deletions: sync?.heldDeletions ?? null,
  };
}

/** Null for what has no such page. */
function settingsUrlOf(provider: string | undefined): string | null {
  const name = authProviderNames.find((known) => known === provider);
  return name === undefined ? null : providerSettingsUrls[name] || null;
}

const previewedRuns = 5;

function toScheduleDetails(sync: ConnectionSync, now: Date): z.input<typeof ScheduleDetails> {
  const { cron, timeZone, isContinuous } = sync;
  const next = cron === null ? [] : nextRuns({ cron, timeZone }, now, previewedRuns).map((run) => run.toISOString());
  return {
    cron,
    next_run: next[0] ?? null,
    continuous: isContinuous,
    cursor_field: null,
    cursor_value: null,
    time_zone: timeZone,
    next_runs: next,
    paused_by: sync.pausedBy,
    last_full_run: sync.lastFullRunAt?.toISOString() ?? null,
  };
}

function toEntitySummary(entities: readonly EntityCount[]) {
  return {
    total_entities: entities.reduce((sum, entity) => sum + entity.count, 0),
    by_type: Object.fromEntries(
      entities.map(({ entityType, count, lastUpdated }) => [
        entityType,
        { count, last_updated: lastUpdated?.toISOString() ?? null },
      ]),
    ),
  };
}

export const ConnectionListItem = z
  .object({
    id: z.guid(),
    name: z.string(),
    short_name: z.string(),
    readable_collection_id: z.string(),
    created_at: z.iso.datetime(),
    modified_at: z.iso.datetime(),
    is_authenticated: z.boolean(),
    entity_count: z.int(),
    federated_search: z.boolean(),
    auth_method: z.enum(authMethods),
    status: z.enum(connectionStatuses),
  })
  .meta({ id: 'SourceConnectionListItem' });

export function toConnectionListItem(
  connection: SourceConnection,
  documentCount: number,
): z.input<typeof ConnectionListItem> {
  return {
    id: connection.id,
    name: connection.name,
    short_name: connection.shortName,
    readable_collection_id: connection.readableCollectionId,
    created_at: connection.createdAt.toISOString(),
    modified_at: connection.modifiedAt.toISOString(),
    is_authenticated: connection.isAuthenticated,
    entity_count: documentCount,
    federated_search: false,
    auth_method: connection.authMethod,
    status: statusOf(connection),
  };
}
