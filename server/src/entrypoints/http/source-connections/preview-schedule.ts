import { z } from 'zod';
import { previewSchedule } from '../../../core/connections/index.ts';
import { defineEndpoint } from '../endpoint.ts';

const Body = z.object({
  cron: z.string().max(200),
  time_zone: z.string().max(100).default('UTC').describe('IANA name.'),
  count: z.int().min(1).max(20).default(5),
});

export const previewScheduleEndpoint = () =>
  defineEndpoint({
    method: 'POST',
    path: '/source-connections/schedule-preview',
    summary: 'Preview a schedule',
    description: 'When a schedule would run next. Changes nothing.',
    tags: ['source connections'],
    access: { scope: 'read' },
    body: Body,
    example: { cron: '0 6 * * *' },
    response: z.object({ next_runs: z.array(z.iso.datetime()) }),
    handler: ({ body }) => {
      const runs = previewSchedule({ cron: body.cron, timeZone: body.time_zone }, new Date(), body.count);
      return { next_runs: runs.map((run) => run.toISOString()) };
    },
  });
