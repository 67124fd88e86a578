import { z } from 'zod';
import type { AuditReader } from '../../../core/audit/index.ts';
import type { Scope } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { AuditQuery, ownersOnly, toAuditFilter, toAuditRecordAnswer } from './audit-log-answer.ts';

const pageSize = 1_000;

export const exportAuditLogEndpoint = (reader: AuditReader) =>
  defineEndpoint({
    method: 'GET',
    path: '/audit-log/export',
    summary: 'Export the audit log',
    description: 'All of it as JSON Lines, newest first, one entry a line. For owners. The export is an entry itself.',
    tags: ['audit log'],
    access: ownersOnly,
    query: AuditQuery,
    timeoutMs: null,
    response: z.string(),
    produces: ['application/jsonl'],
    audit: () => ({ action: 'export.made', objectType: 'audit_log', objectId: null }),
    handler: ({ query, caller, signal }) => {
      const lines = readLines(reader, caller.scope, toAuditFilter(query), signal);
      const headers = {
        'Content-Type': 'application/jsonl; charset=utf-8',
        'Content-Disposition': 'attachment; filename="audit-log.jsonl"',
        'Cache-Control': 'no-store',
      };
      // A page is read when the one before is on its way, so that a slow reader holds one at most.
      return new Response(ReadableStream.from(lines), { headers });
    },
  });

async function* readLines(
  reader: AuditReader,
  scope: Scope,
  filter: ReturnType<typeof toAuditFilter>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let before: number | null = null;
  for (;;) {
    signal.throwIfAborted();
    const records: Awaited<ReturnType<AuditReader['list']>> = await reader.list(scope, filter, {
      before,
      limit: pageSize,
    });
    if (records.length > 0) {
      yield encoder.encode(records.map((record) => `${JSON.stringify(toAuditRecordAnswer(record))}\n`).join(''));
    }
    before = records.at(-1)?.id ?? null;
    if (records.length < pageSize) return;
  }
}
