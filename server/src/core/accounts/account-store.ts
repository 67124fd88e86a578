import type { SessionFinder, User } from '../access/index.ts';
import type { AuditActor, AuditEntry } from '../audit/index.ts';
import type { SessionId, UserId } from '../shared/index.ts';

export const signInMethods = ['password', 'oidc'] as const;
export type SignInMethod = (typeof signInMethods)[number];

/** A browser or program that somebody signed in with. */
export interface Session {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly method: SignInMethod;
  readonly createdAt: Date;
  /** Exact to a minute. */
  readonly lastUsedAt: Date;
  /** However busy it is. */
  readonly expiresAt: Date;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** What a user signs in with here. */
export interface UserCredentials {
  readonly passwordHash: string | null;
  /** Sealed; null: no second factor was ever begun. */
  readonly totpSecret: Uint8Array | null;
  readonly isTotpEnabled: boolean;
  readonly recoveryCodesLeft: number;
}

export type AccountLinkKind = 'first_owner' | 'password_reset';

/** How a change stands in the audit log of each organisation of the user, written in the same transaction. */
export interface AccountChange {
  readonly actor: AuditActor;
  readonly entry: AuditEntry;
}

/** The tries of one account or one address in the present window. */
export interface Tries {
  /** This one included. */
  readonly count: number;
  readonly windowEndsAt: Date;
}

/** Where passwords, second factors, sessions, links and failed tries are kept. None belongs to an organisation. */
export interface AccountStore extends SessionFinder {
  findCredentials(userId: UserId): Promise<UserCredentials | undefined>;

  /** @param hash SHA-256 of its token */
  insertSession(session: Session, hash: Buffer, change: AccountChange): Promise<void>;
  /** Those in force, the last used one first. */
  listSessions(userId: UserId, now: Date): Promise<readonly Session[]>;
  /** @returns false when the user has no such session */
  deleteSession(userId: UserId, id: SessionId, change: AccountChange): Promise<boolean>;
  /** @returns how many went */
  deleteSessions(userId: UserId, except: SessionId | null, change: AccountChange): Promise<number>;

  /** Sets a password; all sessions but the given one end, and links to set one are void. */
  setPassword(userId: UserId, hash: string, keep: SessionId | null, change: AccountChange): Promise<void>;

  /** Keeps a secret that is not in force before `enableTotp`. @returns false when one is in force */
  prepareTotp(userId: UserId, sealedSecret: Uint8Array): Promise<boolean>;
  /** @param recoveryHashes SHA-256 of each. @returns false when one is in force already, or none was prepared */
  enableTotp(
    userId: UserId,
    step: number,
    recoveryHashes: readonly Buffer[],
    now: Date,
    change: AccountChange,
  ): Promise<boolean>;
  disableTotp(userId: UserId, change: AccountChange): Promise<void>;
  /** Takes the code of a time step, if neither it nor a later one was taken. Exact under parallel calls. */
  takeTotpStep(userId: UserId, step: number): Promise<boolean>;
  /** Takes a recovery code, which is gone then. */
  takeRecoveryCode(userId: UserId, hash: Buffer): Promise<boolean>;

  /** Whether anybody can sign in, here or through an identity provider. */
  hasAccounts(): Promise<boolean>;
  /** @param link.expiresAt null: valid until used */
  insertLink(link: {
    readonly hash: Buffer;
    readonly kind: AccountLinkKind;
    readonly userId: UserId;
    readonly createdAt: Date;
    readonly expiresAt: Date | null;
    /** Absent: nobody but the machine itself asked for it. */
    readonly change?: AccountChange;
  }): Promise<void>;
  /** Whose link it is, as long as it is valid. */
  findLink(hash: Buffer, kind: AccountLinkKind, now: Date): Promise<User | undefined>;
  /** Uses a link, once: sets the password and ends all sessions. @returns undefined when it is not valid any more */
  useResetLink(
    hash: Buffer,
    passwordHash: string,
    now: Date,
    change: (user: User) => AccountChange,
  ): Promise<User | undefined>;
  /**
   * Uses a link of the first owner, once; all others of the kind are void then.
   *
   * @returns undefined when it is not valid any more, or somebody can sign in already
   */
  useFirstOwnerLink(
    hash: Buffer,
    owner: { readonly email: string; readonly fullName: string | null; readonly passwordHash: string },
    now: Date,
  ): Promise<User | undefined>;

  /** Counts one more try. Exact across processes. */
  countTry(subject: Buffer, now: Date, windowMs: number): Promise<Tries>;
  forgetTries(subject: Buffer): Promise<void>;
  /** One try less, since it was none of somebody who guesses. */
  takeBackTry(subject: Buffer): Promise<void>;

  /** Writes to the audit log of each organisation of the user. */
  recordForUser(userId: UserId, change: AccountChange): Promise<void>;
  /** Removes ended sessions, links, windows and sign-ins that were given up. */
  removeExpired(now: Date): Promise<void>;
}
