import type { JsonObject, Scope } from '../shared/index.ts';

/** The port to sealing: credentials are stored only as what `seal` returns, bound to their organisation and connection. */
export interface CredentialVault {
  seal(scope: Scope, connectionId: string, credentials: JsonObject): Uint8Array;
  /** @throws AppError('internal') when no key of the ring opens it, or it belongs to another connection */
  open(scope: Scope, connectionId: string, sealed: Uint8Array): JsonObject;
}
