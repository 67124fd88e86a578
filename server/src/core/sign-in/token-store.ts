import type { ErrorCategory } from '../../connector-kit/index.ts';
import type { StoredAccess } from '../connections/index.ts';
import type { Scope, SourceConnectionId } from '../shared/index.ts';

/** The port to the sealed tokens of connections that were signed in to. */
export interface TokenStore {
  /** @returns undefined when the connection is gone or has none */
  read(scope: Scope, id: SourceConnectionId): Promise<Uint8Array | undefined>;
  /** @returns false when others are stored by now than `before`; then nothing is changed */
  replace(scope: Scope, id: SourceConnectionId, before: Uint8Array, after: Uint8Array): Promise<boolean>;
  /**
   * Connections, of all organisations, whose tokens the source has not been asked about since `before`. From now on they count
   * as asked about, so that of several processes one gets each.
   */
  takeIdle(
    before: Date,
    now: Date,
    limit: number,
  ): Promise<readonly { readonly scope: Scope; readonly access: StoredAccess }[]>;
  /** Notes that the source takes them no longer, and pauses the sync until there are new ones. */
  markRefused(scope: Scope, id: SourceConnectionId, category: ErrorCategory): Promise<void>;
}

/** Work on one name at a time among all processes. @throws AppError('unavailable') when another takes too long */
export type RunLocked = <T>(name: string, work: () => Promise<T>) => Promise<T>;
