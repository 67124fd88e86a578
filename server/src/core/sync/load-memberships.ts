import type { GroupMembership } from '../../connector-kit/index.ts';
import { toMessage } from '../shared/index.ts';
import type { OpenedSource } from './read-pages.ts';
import type { RunProgress } from './run-progress.ts';
import { RunParkedError, withSourceWaits } from './source-waits.ts';
import { isStorageOutage } from './storage-outage.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import type { ClaimedJob } from './sync-store.ts';

/** Memberships that one statement writes. */
const batchSize = 5_000;
/** Two such labels fit into one entry of a database index. */
const maxLabelBytes = 1_024;
/** More of one source are refused: a search would have to follow them. */
const maxMemberships = 2_000_000;

/**
 * Takes over who is in which group of the source, before its documents are read, so that whoever was taken out of a group sees
 * nothing new. When they cannot be read the run goes on, and what is restricted is shown to nobody until a run can read them.
 *
 * @throws the signal's reason, RunParkedError, and what the database throws
 */
export async function loadMemberships(
  dependencies: SyncDependencies,
  job: ClaimedJob,
  source: OpenedSource,
  { progress, signal }: { readonly progress: RunProgress; readonly signal: AbortSignal },
): Promise<void> {
  const { connector, config, credentials, tokens, http } = source;
  if (connector.memberships === undefined) return;
  const { policy } = dependencies;
  const context = {
    config,
    credentials,
    policy,
    signal,
    ...(tokens === undefined ? {} : { tokens }),
    ...(http === undefined ? {} : { http }),
  };
  const { memberships } = dependencies;
  try {
    const state = await withSourceWaits(
      async () => {
        const given = connector.memberships?.(context) ?? none();
        return memberships.replace(job.scope, job.connection.id, inBatches(given, progress, signal));
      },
      { progress, signal },
    );
    progress.log.info(`Read who is in which group: ${state.count} memberships.`);
  } catch (error) {
    signal.throwIfAborted();
    // The run is taken up again soon, and reads them then.
    if (error instanceof RunParkedError || isStorageOutage(error)) throw error;
    // What was read before may be out of date, and must not open anything meanwhile.
    const reason = progress.log.redact(toMessage(error));
    await memberships.markNotLoaded(job.scope, job.connection.id, reason);
    progress.log.warn(
      `The group memberships could not be read: ${reason} Documents that are restricted are shown to nobody until they can.`,
    );
  }
}

async function* none(): AsyncGenerator<never> {}

async function* inBatches(
  given: AsyncIterable<readonly GroupMembership[]>,
  progress: RunProgress,
  signal: AbortSignal,
): AsyncGenerator<readonly GroupMembership[]> {
  let waiting: GroupMembership[] = [];
  let count = 0;
  let unusable = 0;
  for await (const page of given) {
    signal.throwIfAborted();
    count += page.length;
    if (count > maxMemberships) throw new Error(`The source has more than ${maxMemberships} group memberships.`);
    for (const one of page) {
      if (!isLabel(one.member) || !isLabel(one.group)) {
        unusable += 1;
        continue;
      }
      waiting.push(one);
      if (waiting.length < batchSize) continue;
      yield waiting;
      waiting = [];
    }
  }
  if (waiting.length > 0) yield waiting;
  if (unusable > 0)
    progress.log.warn(`${unusable} memberships were left out: their labels are too long or none at all.`);
}

/** Sources break their own promises, and types are not checked at run time. */
function isLabel(label: unknown): boolean {
  return (
    typeof label === 'string' && label !== '' && !label.includes('\0') && Buffer.byteLength(label) <= maxLabelBytes
  );
}
