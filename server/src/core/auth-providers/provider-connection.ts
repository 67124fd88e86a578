import type { ProviderConnectionId, Scope, SourceConnectionId } from '../shared/index.ts';

/** An organisation's account at an auth provider. Its sealed fields are read where they are used, and nowhere else. */
export interface ProviderConnection {
  readonly id: ProviderConnectionId;
  readonly readableId: string;
  readonly name: string;
  readonly shortName: string;
  readonly description: string | null;
  /** Enough of the client id to know it again; null: it has none. */
  readonly maskedClientId: string | null;
  readonly createdByEmail: string | null;
  readonly modifiedByEmail: string | null;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export type NewProviderConnection = Omit<ProviderConnection, 'createdAt' | 'modifiedAt' | 'modifiedByEmail'> & {
  readonly sealedAuth: Uint8Array;
};

export interface ProviderConnectionChanges {
  readonly name?: string;
  readonly description?: string;
  /** Replaces all of the auth fields. */
  readonly auth?: { readonly sealed: Uint8Array; readonly maskedClientId: string | null };
  readonly modifiedByEmail: string | null;
}

/** The port to connections to auth providers. */
export interface ProviderConnectionStore {
  /** @throws AppError('conflict') when the organisation has one with this readable id */
  insert(scope: Scope, connection: NewProviderConnection): Promise<ProviderConnection>;
  find(scope: Scope, readableId: string): Promise<ProviderConnection | undefined>;
  /** Newest first. */
  list(scope: Scope, page: { readonly skip: number; readonly limit: number }): Promise<readonly ProviderConnection[]>;
  /**
   * New auth fields also resume what was paused because credentials were refused.
   * @returns undefined when it is not there
   */
  update(
    scope: Scope,
    id: ProviderConnectionId,
    changes: ProviderConnectionChanges,
  ): Promise<ProviderConnection | undefined>;
  /** @returns undefined when it was deleted */
  findSealedAuth(
    scope: Scope,
    id: ProviderConnectionId,
  ): Promise<{ readonly shortName: string; readonly sealedAuth: Uint8Array } | undefined>;
  /** Source connections that have their credentials from it and are not deleted. */
  listUsers(scope: Scope, id: ProviderConnectionId): Promise<readonly SourceConnectionId[]>;
  /** @returns false when a source connection still uses it, and then it stays */
  deleteUnused(scope: Scope, id: ProviderConnectionId): Promise<boolean>;
}

/** `abcdefg...wxyz`; of a short one only the first four characters. */
export function maskClientId(clientId: string): string {
  return clientId.length <= 15 ? `${clientId.slice(0, 4)}...` : `${clientId.slice(0, 7)}...${clientId.slice(-4)}`;
}
