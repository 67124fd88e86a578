import { z } from 'zod';
import type { AuditReader } from '../../../core/audit/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { AuditQuery, AuditRecordAnswer, ownersOnly, toAuditFilter, toAuditRecordAnswer } from './audit-log-answer.ts';

export const listAuditLogEndpoint = (reader: AuditReader) =>
  defineEndpoint({
    method: 'GET',
    path: '/audit-log',
    summary: 'List the audit log',
    description: 'Who did what, newest first. For owners. `next_cursor` of a page is the `cursor` of the next one.',
    tags: ['audit log'],
    access: ownersOnly,
    query: AuditQuery.extend({
      limit: z.int().min(1).max(1000).default(100),
      cursor: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
    }),
    response: z.object({ entries: z.array(AuditRecordAnswer), next_cursor: z.int().nullable() }),
    handler: async ({ query, caller }) => {
      const page = { before: query.cursor ?? null, limit: query.limit };
      const records = await reader.list(caller.scope, toAuditFilter(query), page);
      const last = records.length < query.limit ? undefined : records.at(-1);
      return { entries: records.map(toAuditRecordAnswer), next_cursor: last?.id ?? null };
    },
  });
