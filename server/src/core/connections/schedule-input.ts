import type { AnyConnector } from '../../connector-kit/index.ts';
import { AppError, type SyncId } from '../shared/index.ts';
import { continuousCron, defaultCron, isSubHourly, nextStartAt, requireTimeZone } from '../sync/schedule.ts';

/** When a connection is to be synced, as it is asked for. */
export interface ScheduleRequest {
  /** Five fields; null: none. */
  readonly cron: string | null;
  /** IANA name; absent: UTC. */
  readonly timeZone?: string;
  /** Every few minutes, where the source can say what changed; refused elsewhere. A cron expression goes before it. */
  readonly isContinuous?: boolean;
}

/** When a connection is synced, as it is kept. */
export interface Schedule {
  readonly cron: string | null;
  readonly timeZone: string;
  readonly isContinuous: boolean;
  readonly nextRunAt: Date | null;
}

/**
 * A schedule that the source allows.
 *
 * @throws AppError('unprocessable') for a malformed expression or an unknown time zone, AppError('invalid_request') for one
 *         below an hour where the source cannot say what changed
 */
export function toSchedule(
  connector: AnyConnector,
  { cron: given, timeZone = 'UTC', isContinuous: wantsContinuous = false }: ScheduleRequest,
  syncId: SyncId,
  now: Date,
): Schedule {
  requireTimeZone(timeZone);
  const isContinuous = given === null && wantsContinuous && connector.supportsContinuous;
  const cron = isContinuous ? continuousCron : given;
  if (cron === null) return { cron, timeZone, isContinuous, nextRunAt: null };
  if (isSubHourly(cron) && !connector.supportsContinuous) {
    throw new AppError(
      'invalid_request',
      `The source '${connector.shortName}' does not support continuous syncs: choose a schedule of an hour or more.`,
    );
  }
  return { cron, timeZone, isContinuous, nextRunAt: nextStartAt({ cron, timeZone }, now, syncId) };
}

export function toDefaultSchedule(connector: AnyConnector, syncId: SyncId, now: Date): Schedule {
  const schedule = toSchedule(connector, { cron: defaultCron(connector.supportsContinuous, now) }, syncId, now);
  return { ...schedule, isContinuous: connector.supportsContinuous };
}
