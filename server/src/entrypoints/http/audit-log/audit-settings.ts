import { z } from 'zod';
import type { AuditReader } from '../../../core/audit/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ownersOnly } from './audit-log-answer.ts';

const Settings = z.object({ retention_days: z.int().min(1).max(3650) });

export const getAuditSettingsEndpoint = (reader: AuditReader, defaultDays: number) =>
  defineEndpoint({
    method: 'GET',
    path: '/audit-log/settings',
    summary: 'Say how long the audit log is kept',
    tags: ['audit log'],
    access: ownersOnly,
    response: Settings,
    handler: async ({ caller }) => ({
      retention_days: (await reader.findRetention(caller.scope)) ?? defaultDays,
    }),
  });

export const setAuditSettingsEndpoint = (reader: AuditReader) =>
  defineEndpoint({
    method: 'PUT',
    path: '/audit-log/settings',
    summary: 'Set how long the audit log is kept',
    description: 'Entries that are older are removed within the hour. The change is an entry itself.',
    tags: ['audit log'],
    access: ownersOnly,
    body: Settings,
    response: Settings,
    handler: async ({ body, caller }) => {
      await reader.setRetention(caller.scope, caller, body.retention_days);
      return body;
    },
  });
