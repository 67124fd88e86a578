import type { AnyConnector } from '../../connector-kit/index.ts';
import { AppError } from '../shared/index.ts';
import { defaultCron, isSubHourly, nextRunAt } from '../sync/schedule.ts';

export interface Schedule {
  readonly cron: string | null;
  readonly nextRunAt: Date | null;
}

/**
 * A schedule that the source allows.
 *
 * @param cron null: none
 * @throws AppError('unprocessable') for a malformed expression, AppError('invalid_request') for one below an hour where the
 *         source cannot say what changed
 */
export function toSchedule(connector: AnyConnector, cron: string | null, now: Date): Schedule {
  if (cron === null) return { cron: null, nextRunAt: null };
  if (isSubHourly(cron) && !connector.supportsContinuous) {
    throw new AppError(
      'invalid_request',
      `The source '${connector.shortName}' does not support continuous syncs: choose a schedule of an hour or more.`,
    );
  }
  return { cron, nextRunAt: nextRunAt(cron, now) };
}

export function toDefaultSchedule(connector: AnyConnector, now: Date): Schedule {
  return toSchedule(connector, defaultCron(connector.supportsContinuous, now), now);
}
