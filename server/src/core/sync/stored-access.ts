import type { Access, SourceEntity } from '../../connector-kit/index.ts';
import { toStoredLabel } from '../search/index.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import type { ClaimedJob } from './sync-store.ts';

/** Whether the source of the job says who is in which group; then only those known to it see what is restricted. */
export function isGuarded({ connectors }: Pick<SyncDependencies, 'connectors'>, job: ClaimedJob): boolean {
  return connectors.find(job.connection.shortName)?.memberships !== undefined;
}

/** Who may see an entity, by the labels that documents and index rows hold; null: nothing is known, and it is not restricted. */
export function storedAccessOf(
  dependencies: Pick<SyncDependencies, 'connectors'>,
  job: ClaimedJob,
  entity: SourceEntity,
): Access | null {
  const { access } = entity;
  if (access === undefined) return null;
  const options = { isGuarded: isGuarded(dependencies, job) };
  return {
    viewers: access.viewers.map((label) => toStoredLabel(label, job.connection.id, options)),
    isPublic: access.isPublic,
  };
}
