import { z } from 'zod';
import {
  type OwnQueryLogSetting,
  type QueryLog,
  type QueryLogSetting,
  type QueryLogStore,
  queryLogModes,
  requireInsightAccess,
} from '../../../core/insights/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';

export interface QueryLogSettingsDependencies {
  readonly store: Pick<QueryLogStore, 'findSetting' | 'saveSetting'>;
  readonly log: Pick<QueryLog, 'readSetting' | 'forgetSetting'>;
}

const QueryLogSettingRequest = z
  .object({
    mode: z
      .enum(queryLogModes)
      .nullable()
      .describe('`off` keeps nothing, `hashed` no words, `full` all; null: as the server is set up.'),
    retention_days: z.int().min(1).max(3650).nullable().describe('Null: as the server is set up.'),
  })
  .meta({ id: 'QueryLogSettingRequest' });

const QueryLogSettingAnswer = z
  .object({
    mode: z.enum(queryLogModes).describe('What is in force.'),
    retention_days: z.int(),
    own: QueryLogSettingRequest.describe('What the organization chose itself.'),
  })
  .meta({ id: 'QueryLogSetting' });

const about = { tags: ['insights'], access: { scope: 'admin' }, response: QueryLogSettingAnswer } as const;
const path = '/query-log';

/** `GET /query-log`: what is kept of the organisation's searches, and for how long. */
export function getQueryLogSettingEndpoint({ store, log }: QueryLogSettingsDependencies): Endpoint {
  return defineEndpoint({
    ...{ ...about, method: 'GET', path },
    summary: 'Get query log setting',
    handler: async ({ caller }) => {
      requireInsightAccess(caller);
      const [inForce, own] = await Promise.all([log.readSetting(caller.scope), store.findSetting(caller.scope)]);
      return toAnswer(inForce, own);
    },
  });
}

/** `PUT /query-log`: changes that. What it no longer allows is removed within a minute, also of older searches. */
export function putQueryLogSettingEndpoint({ store, log }: QueryLogSettingsDependencies): Endpoint {
  return defineEndpoint({
    ...{ ...about, method: 'PUT', path },
    summary: 'Set query log setting',
    description:
      'What the new setting does not allow is removed from what is kept already, within a minute: words, old searches, or all of them.',
    body: QueryLogSettingRequest,
    audit: ({ body }) => ({
      action: 'settings.changed',
      objectType: 'setting',
      objectId: 'query_log',
      details: { fields: Object.keys(body) },
    }),
    handler: async ({ body, caller }) => {
      requireInsightAccess(caller);
      const own = { mode: body.mode, retentionDays: body.retention_days };
      await store.saveSetting(caller.scope, own);
      log.forgetSetting(caller.scope);
      return toAnswer(await log.readSetting(caller.scope), own);
    },
  });
}

function toAnswer(
  { mode, retentionDays }: QueryLogSetting,
  own: OwnQueryLogSetting | undefined,
): z.input<typeof QueryLogSettingAnswer> {
  return {
    mode,
    retention_days: retentionDays,
    own: { mode: own?.mode ?? null, retention_days: own?.retentionDays ?? null },
  };
}
