import { z } from 'zod';
import type { ScheduleRequest } from '../../../core/connections/index.ts';
import { plainText } from '../../../core/shared/index.ts';

export const ConnectionName = plainText({ min: 4, max: 42 });
export const ConnectionDescription = plainText({ max: 255 });

/** `cursor_field` is taken and not used, as in the reference. */
export const ScheduleInput = z.object({
  cron: z.string().max(200).nullish().describe('Five fields. Null: no schedule, unless it is continuous.'),
  time_zone: z.string().max(100).nullish().describe("IANA name in which the cron expression is read; default 'UTC'."),
  continuous: z
    .boolean()
    .nullish()
    .describe(
      'Every five minutes where the source can say what changed; refused elsewhere. Without effect beside a cron.',
    ),
  cursor_field: z.string().nullish(),
});

/** Null: no schedule. */
export function toScheduleRequest(input: z.output<typeof ScheduleInput> | null): ScheduleRequest {
  return {
    cron: input?.cron ?? null,
    ...(input?.time_zone == null ? {} : { timeZone: input.time_zone }),
    ...(input?.continuous == null ? {} : { isContinuous: input.continuous }),
  };
}

export const ConnectionParams = z.object({ source_connection_id: z.guid() });
