import { z } from 'zod';
import { readJobLog } from '../../../core/connections/index.ts';
import { SourceConnectionId, SyncJobId } from '../../../core/shared/index.ts';
import { type LogLine, logLevels } from '../../../core/sync/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { JobParams } from '../source-connections/job-answer.ts';
import type { SyncJobDependencies } from './sync-job-endpoints.ts';

const LogLineAnswer = z
  .object({
    time: z.iso.datetime(),
    level: z.enum(logLevels),
    message: z.string(),
    entity: z.string().nullable().describe('The id in its source of what the line is about.'),
  })
  .meta({ id: 'SyncJobLogLine' });

export const getJobLogEndpoint = ({ connections }: SyncJobDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-connections/{source_connection_id}/jobs/{job_id}/log',
    summary: 'Get the log of a sync job',
    description:
      'The newest 1,000 lines, oldest first. As text to download with `format=text`, or when `Accept` asks for `text/plain`.',
    tags: ['source connections'],
    access: { scope: 'read' },
    params: JobParams,
    query: z.object({ format: z.enum(['json', 'text']).optional() }),
    headers: z.object({ accept: z.string().optional() }),
    response: z.array(LogLineAnswer),
    produces: ['application/json', 'text/plain'],
    errors: [404],
    handler: async ({ params, query, headers, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      const lines = await readJobLog({ connections }, caller, id, SyncJobId.parse(params.job_id));
      const format = query.format ?? (asksForText(headers.accept) ? 'text' : 'json');
      if (format === 'json') {
        return lines.map(({ at, level, message, entity }) => ({ time: at.toISOString(), level, message, entity }));
      }
      return new Response(lines.map(toTextLine).join(''), {
        headers: {
          'Content-Type': 'text/plain; charset=utf-8',
          'Content-Disposition': `attachment; filename="sync-job-${params.job_id}.log"`,
          'Cache-Control': 'no-store',
        },
      });
    },
  });

function asksForText(accept: string | undefined): boolean {
  const [first = ''] = (accept ?? '').split(/[,;]/);
  return first.trim().toLowerCase() === 'text/plain';
}

function toTextLine({ at, level, message, entity }: LogLine): string {
  const about = entity === null ? '' : ` [${entity}]`;
  return `${at.toISOString()} ${level.toUpperCase().padEnd(5)} ${message}${about}\n`;
}
