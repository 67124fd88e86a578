import type { IdentityStore, Person, ProvenIdentity, User } from '../access/index.ts';
import { AppError } from '../shared/index.ts';
import type { OrganizationStore } from './organization-store.ts';
import { toEmail } from './sign-in.ts';

/** What is kept of a sign-in at the provider while the browser is there. */
export interface PendingSignIn {
  readonly codeVerifier: string;
  readonly nonce: string;
}

/** The port to the identity provider at which people sign in with their browser. */
export interface IdentityProvider {
  /** @returns where to send the browser. @throws AppError('upstream_failed') when the provider cannot be reached */
  begin(redirectUri: string, state: string): Promise<{ readonly url: string; readonly pending: PendingSignIn }>;
  /**
   * @param answer the address that the browser came back to
   * @throws AppError `unauthorized` when the provider or the person refused; 'upstream_failed'
   */
  finish(answer: URL, state: string, pending: PendingSignIn): Promise<ProvenIdentity>;
}

/** Where sign-ins that are under way are kept; each can be taken once. */
export interface PendingSignIns {
  insert(
    hashes: { readonly state: Buffer; readonly browser: Buffer },
    pending: PendingSignIn,
    expiresAt: Date,
  ): Promise<void>;
  /** Takes it away. Only with the cookie of the browser that began it. */
  take(hashes: { readonly state: Buffer; readonly browser: Buffer }, now: Date): Promise<PendingSignIn | undefined>;
}

/** The account of somebody whom the identity provider vouches for, made if there is none, and a member of what they are invited to. */
export async function provisionUser(
  dependencies: { readonly identities: IdentityStore; readonly organizations: OrganizationStore },
  identity: ProvenIdentity,
  now: Date = new Date(),
): Promise<User> {
  const { email, fullName, externalId } = identity;
  const user = await dependencies.identities.saveUser({ email, fullName, externalId });
  await dependencies.organizations.acceptAllInvitations(user, now);
  return user;
}

/**
 * The account of whoever asks, made or brought up to date by themselves.
 *
 * @throws AppError('forbidden') for another address than the one they have proved to be theirs
 */
export async function saveOwnUser(
  dependencies: { readonly identities: IdentityStore; readonly organizations: OrganizationStore },
  person: Person,
  input: { readonly email: string; readonly fullName: string | null },
): Promise<User> {
  if (toEmail(input.email) !== person.email) {
    throw new AppError('forbidden', 'The e-mail address is not the one of the token.');
  }
  const fullName = input.fullName ?? person.identity?.fullName ?? null;
  if (person.identity !== null) return provisionUser(dependencies, { ...person.identity, fullName });
  return dependencies.identities.saveUser({ email: person.email, fullName, externalId: null });
}
