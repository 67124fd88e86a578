import type { AuthMethod, NewConnection, Schedule, SourceConnection } from '../connections/index.ts';
import type { JsonObject, Scope, SourceConnectionId, SyncId, SyncJobId } from '../shared/index.ts';
import type { SignIn, SignInStatus } from './sign-in.ts';

export interface NewSignIn {
  readonly id: string;
  readonly connectionId: SourceConnectionId;
  /** SHA-256 of what the source sends back. */
  readonly stateHash: Uint8Array;
  readonly link: { readonly code: string; readonly url: string };
  /** SHA-256. */
  readonly claimHash: Uint8Array;
  readonly initiator: string | null;
  readonly redirectUrl: string;
  readonly schedule: JsonObject | null;
  readonly sealedSecrets: Uint8Array;
  readonly expiresAt: Date;
}

/** What a sign-in gave. */
export interface SignInOutcome {
  readonly connectionId: SourceConnectionId;
  readonly sealedCredentials: Uint8Array;
  readonly authMethod: AuthMethod;
  /** Made when the connection has none yet. */
  readonly sync: { readonly id: SyncId } & Schedule;
  /** The first run, which waits for the claim token. */
  readonly jobId: SyncJobId;
}

/** The port to sign-ins. Those of one organisation take its scope; a browser that comes back says none. */
export interface SignInStore {
  /**
   * Makes a connection that is not authenticated yet, with its sign-in.
   * @throws AppError('not_found') when the collection was deleted meanwhile
   */
  connect(scope: Scope, connection: NewConnection, signIn: NewSignIn): Promise<SourceConnection>;
  /** Begins another one; those before are cancelled and lose their secrets. */
  replace(scope: Scope, signIn: NewSignIn): Promise<void>;
  findNewest(scope: Scope, connectionId: SourceConnectionId): Promise<SignIn | undefined>;
  /** Uses up a link. @returns undefined when it is unknown, was used, or has expired */
  takeLink(code: string, now: Date): Promise<SignIn | undefined>;
  findByState(stateHash: Uint8Array): Promise<SignIn | undefined>;
  /** @returns false when another step was taken meanwhile */
  move(signIn: SignIn, status: SignInStatus): Promise<boolean>;
  /**
   * Keeps what the source gave: the connection is authenticated, its sync (made now where there is none) has a run that waits.
   * @returns false when the sign-in was replaced, or its connection deleted, meanwhile
   */
  finish(signIn: SignIn, outcome: SignInOutcome): Promise<boolean>;
  /** Lets the sync run, and begins the run that waits, or one when none is active. @returns false as `move` */
  confirm(signIn: SignIn, jobId: SyncJobId): Promise<boolean>;
}
