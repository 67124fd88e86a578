import { AppError, type JsonObject, type Scope, type SourceConnectionId } from '../shared/index.ts';

/**
 * Where a sign-in stands.
 *
 * - `pending`     the person has not come back from the source yet
 * - `exchanging`  came back; the tokens are being got. A process that dies here leaves it so, and it has to be begun anew
 * - `in_progress` connected; whoever began it has yet to show the claim token
 * - `completed`   shown
 * - `failed`      the person refused, or the source gave no tokens
 * - `cancelled`   another was begun instead
 */
export type SignInStatus = 'pending' | 'exchanging' | 'in_progress' | 'completed' | 'failed' | 'cancelled';

/** From each status, those that may follow. */
const moves: Readonly<Record<SignInStatus, readonly SignInStatus[]>> = {
  pending: ['exchanging', 'failed', 'cancelled'],
  exchanging: ['in_progress', 'failed', 'cancelled'],
  in_progress: ['completed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

/** The statuses from which this one may be reached. */
export function statusesBefore(status: SignInStatus): readonly SignInStatus[] {
  return (Object.keys(moves) as SignInStatus[]).filter((before) => moves[before].includes(status));
}

/** How long a link, and the sign-in behind it, can be used. */
export const signInLifetimeMs = 5 * 60_000;

/** A sign-in at a source in the browser. */
export interface SignIn {
  readonly id: string;
  readonly scope: Scope;
  readonly connectionId: SourceConnectionId;
  readonly status: SignInStatus;
  /** SHA-256. */
  readonly claimHash: Uint8Array;
  /** Who began it, as `initiatorOf` says; null: an API key. */
  readonly initiator: string | null;
  /** Where the browser goes in the end. */
  readonly redirectUrl: string;
  /** Of the sync to be made; null: the source's own rhythm. */
  readonly schedule: JsonObject | null;
  /** Null when they are no longer needed. */
  readonly sealedSecrets: Uint8Array | null;
  readonly expiresAt: Date;
}

const ended: Readonly<Record<Exclude<SignInStatus, 'pending'>, string>> = {
  exchanging: 'was used already',
  in_progress: 'was used already',
  completed: 'was used already',
  failed: 'has failed',
  cancelled: 'was replaced by a newer one',
};

/**
 * Whether what came back from the source may be exchanged for tokens.
 *
 * @throws AppError('gone') when it took too long, AppError('invalid_request') when it was used, has failed or was replaced
 */
export function requirePending(signIn: Pick<SignIn, 'status' | 'expiresAt'>, now: Date): void {
  if (signIn.status === 'pending' && signIn.expiresAt <= now) {
    throw new AppError('gone', 'This sign-in took longer than five minutes. Begin it again.');
  }
  if (signIn.status !== 'pending') throw notPending(signIn.status);
}

export function notPending(status: Exclude<SignInStatus, 'pending'>): AppError {
  return new AppError('invalid_request', `This sign-in ${ended[status]}. Begin it again.`);
}

/** @throws AppError('invalid_request') when there is nothing to confirm, or it was confirmed */
export function requireUnconfirmed(status: SignInStatus): void {
  if (status === 'in_progress') return;
  const why =
    status === 'completed'
      ? 'was confirmed already'
      : status === 'pending' || status === 'exchanging'
        ? 'is not finished in the browser yet'
        : `${ended[status]}; begin it again`;
  throw new AppError('invalid_request', `The OAuth session is not in progress: the sign-in ${why}.`);
}
