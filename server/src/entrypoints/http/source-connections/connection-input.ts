import { z } from 'zod';
import { plainText } from '../../../core/shared/index.ts';

export const ConnectionName = plainText({ min: 4, max: 42 });
export const ConnectionDescription = plainText({ max: 255 });

/** `continuous` and `cursor_field` are taken and not used, as in the reference. */
export const ScheduleInput = z.object({
  cron: z.string().max(200).nullish().describe('Five fields, in UTC. Null: no schedule.'),
  continuous: z.boolean().nullish(),
  cursor_field: z.string().nullish(),
});

export const ConnectionParams = z.object({ source_connection_id: z.guid() });
