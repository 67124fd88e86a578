import type { ApiKeyId, Scope } from '../shared/index.ts';
import type { ConnectSession, ConnectSessionId } from './connect-session.ts';

/** A session as it is kept; one whose collection is deleted is not there any more. */
export interface StoredConnectSession extends ConnectSession {
  readonly revokedAt: Date | null;
}

/** Where sessions are kept, so that each can be ended before its time. */
export interface ConnectSessionStore {
  /**
   * Also removes the organisation's sessions that expired more than a day ago.
   *
   * @param apiKeyId the key that makes it, with which it goes; null: a person makes it
   */
  insert(scope: Scope, session: ConnectSession, apiKeyId: ApiKeyId | null): Promise<void>;
  find(scope: Scope, id: ConnectSessionId): Promise<StoredConnectSession | undefined>;
  /** Again changes nothing. @returns false when it is not there */
  revoke(scope: Scope, id: ConnectSessionId, at: Date): Promise<boolean>;
}
