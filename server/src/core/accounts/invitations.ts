import { type Caller, createToken, hashToken, type IdentityStore, type Person, type User } from '../access/index.ts';
import { AppError, InvitationId, newId } from '../shared/index.ts';
import type { AccountStore } from './account-store.ts';
import { parseRole, requireOwnerFor } from './members.ts';
import type { FoundInvitation, Invitation, OrganizationStore } from './organization-store.ts';
import { hashPassword } from './password.ts';
import { toEmail } from './sign-in.ts';

/** How long an invitation can be followed. */
const invitationLifetimeMs = 7 * 86_400_000;

export interface InvitationDependencies {
  readonly organizations: OrganizationStore;
  readonly identities: IdentityStore;
  readonly accounts: AccountStore;
}

/** @returns the invitation, and the token of its link, which nobody sees a second time */
export async function inviteMember(
  organizations: OrganizationStore,
  caller: Caller,
  input: { readonly email: string; readonly role: string },
  now: Date = new Date(),
): Promise<{ readonly invitation: Invitation; readonly token: string }> {
  const role = parseRole(input.role);
  requireOwnerFor(caller, role);
  const token = createToken();
  const invitation: Invitation = {
    id: newId(InvitationId),
    organizationId: caller.scope.organizationId,
    email: toEmail(input.email),
    role,
    invitedAt: now,
    expiresAt: new Date(now.getTime() + invitationLifetimeMs),
    invitedByEmail: caller.email,
  };
  if (await organizations.insertInvitation(caller.scope, invitation, hashToken(token), caller)) {
    return { invitation, token };
  }
  throw new AppError('invalid_request', 'This person is a member of the organization already.');
}

/** @throws AppError('invalid_request') when there is no such invitation */
export async function revokeInvitation(organizations: OrganizationStore, caller: Caller, id: string): Promise<void> {
  const parsed = InvitationId.safeParse(id);
  if (parsed.success && (await organizations.deleteInvitation(caller.scope, parsed.data, caller))) return;
  throw new AppError('invalid_request', 'There is no such invitation: it was followed, revoked, or has run out.');
}

/** What the page of a link shows. @throws AppError('gone') */
export async function readInvitation(
  { organizations, identities, accounts }: InvitationDependencies,
  token: string,
  now: Date = new Date(),
): Promise<{ readonly invitation: FoundInvitation; readonly hasAccount: boolean }> {
  const invitation = await organizations.findInvitation(hashToken(token), now);
  if (invitation === undefined) throw invitationGone();
  return { invitation, hasAccount: await canSignIn({ identities, accounts }, invitation.email) };
}

/**
 * Follows an invitation. Whoever has an account must have signed in to it: the link alone, which the inviter has seen too, must not
 * set anybody's password.
 *
 * @throws AppError `gone`; `unauthorized` when the account has to be signed in to first; `forbidden` when another one is
 */
export async function acceptInvitation(
  dependencies: InvitationDependencies,
  token: string,
  by: { readonly person: Person | null; readonly fullName: string | null; readonly password: string | null },
  now: Date = new Date(),
): Promise<{ readonly user: User; readonly isNew: boolean }> {
  const { organizations, identities } = dependencies;
  const { invitation, hasAccount } = await readInvitation(dependencies, token, now);
  const hash = hashToken(token);
  if (hasAccount) {
    if (by.person === null)
      throw new AppError('unauthorized', `Sign in as ${invitation.email}, then follow the link again.`);
    if (by.person.email !== invitation.email) {
      throw new AppError(
        'forbidden',
        `The invitation is for ${invitation.email}; you are signed in as ${by.person.email}.`,
      );
    }
    const known = await identities.findUserByEmail(invitation.email);
    const user =
      known === undefined ? undefined : await organizations.acceptInvitation(hash, { kind: 'known', user: known }, now);
    if (user === undefined) throw invitationGone();
    return { user, isNew: false };
  }
  if (by.password === null) throw new AppError('invalid_request', 'Choose a password for the new account.');
  const passwordHash = await hashPassword(by.password);
  const user = await organizations.acceptInvitation(hash, { kind: 'new', fullName: by.fullName, passwordHash }, now);
  if (user === undefined) throw invitationGone();
  return { user, isNew: true };
}

async function canSignIn(
  { identities, accounts }: Pick<InvitationDependencies, 'identities' | 'accounts'>,
  email: string,
): Promise<boolean> {
  const user = await identities.findUserByEmail(email);
  if (user === undefined) return false;
  if (user.externalId !== null) return true;
  return ((await accounts.findCredentials(user.id))?.passwordHash ?? null) !== null;
}

function invitationGone(): AppError {
  return new AppError('gone', 'This invitation was followed or revoked, or is too old. Ask for a new one.');
}
